export function nodePartsOf(entry: string, folder: string): Promise<string[]>;
