export interface Server {
  url: string;
  close(): Promise<void>;
}

export const isolated: Readonly<Record<string, string>>;
export function pageOf(script: string): string;
export function serve(
  files: string | Record<string, string | Uint8Array>,
  headers?: Record<string, string>,
): Promise<Server>;
