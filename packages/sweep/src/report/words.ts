import { count } from '@mnet/bench';

/** With a capital at its start. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** So many of something: `1 run`, `24 runs`. */
export function several(n: number, word: string): string {
  return `${count(n)} ${word}${n === 1 ? '' : 's'}`;
}

/** With two decimals and the sign that figures have. */
export function decimals(value: number): string {
  return value.toFixed(2).replace('-', '−');
}
