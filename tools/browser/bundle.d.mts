export function bundle(
  program: string,
  platform: 'node' | 'browser',
  folder: string,
): Promise<string>;
