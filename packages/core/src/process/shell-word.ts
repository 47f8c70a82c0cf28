/**
 * A word as a shell takes it for one: in quotes where it needs them. A backslash needs them but on Windows, whose paths have
 * it.
 */
export function shellWord(word: string): string {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  const plain = process?.platform === 'win32' ? /^[\w@%+=:,./\\-]+$/ : /^[\w@%+=:,./-]+$/;
  return plain.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
