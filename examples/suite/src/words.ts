/** The flag of a key: `--batch-size` of `batchSize`. */
export function flagOfKey(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A key and its value as words of a command line. */
export function wordsOf(key: string, value: unknown): string[] {
  const flag = flagOfKey(key);
  if (value === true) return [flag];
  if (value === false) return [flag.replace('--', '--no-')];
  // In one word, so that a value that begins with - is no flag.
  return [`${flag}=${Array.isArray(value) ? value.join(',') : String(value)}`];
}
