export const nodeFlags: readonly string[];

export function exampleWords(folder: string): string[];
