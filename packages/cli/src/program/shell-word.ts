/** A word as a shell takes it: quoted where that is needed. */
export function shellWord(word: string): string {
  return /^[\w./\\:-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
