import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** An experiment of this repository: a program of its own. */
export interface Example {
  /** Its folder's name, such as `01-mobilenet-v1`. */
  readonly name: string;
  /** The path of its program. */
  readonly main: string;
}

/** Of each, what corresponds to this file: TypeScript, or what was built of it. */
const program = import.meta.url.endsWith('.ts') ? 'src/main.ts' : 'dist/main.js';

/** The experiments of a folder, in their order. The quickstart, 00, has no flags and is none. */
export function examplesIn(folder: URL): Example[] {
  return readdirSync(folder)
    .filter((name) => /^(?!00)\d\d-/.test(name))
    .toSorted()
    .map((name) => ({ name, main: fileURLToPath(new URL(`${name}/${program}`, folder)) }))
    .filter(({ main }) => existsSync(main));
}

/**
 * Those that are meant, in their order.
 *
 * @param words names, or numbers such as `01`; none for all
 * @throws for one that there is not
 */
export function chosen(examples: readonly Example[], words: readonly string[]): Example[] {
  for (const word of words) {
    if (examples.some(({ name }) => isMeant(name, word))) continue;
    const names = examples.map(({ name }) => name).join(', ');
    throw new Error(`experiment: got '${word}', takes ${names}, or their numbers`);
  }
  if (words.length === 0) return [...examples];
  return examples.filter(({ name }) => words.some((word) => isMeant(name, word)));
}

/** Whether a word is an experiment's name or its number. */
export function isMeant(name: string, word: string): boolean {
  return name === word || name.startsWith(`${word}-`);
}
