import type { Value } from '../config.ts';
import { isRunOf } from '../study/run-of.ts';

/** A setting's value as tables show it, in one line; a dash where there is none. */
export function valueText(value: Value | undefined): string {
  if (value === undefined) return '–';
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return isPlain(value) ? value : JSON.stringify(value);
  if (isRunOf(value)) return valueText(value.runOf);
  return JSON.stringify(value);
}

/** Four digits, which is more than a search needs to be told apart. */
function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const digits = +value.toPrecision(4);
  const text = Math.abs(digits) < 1e-4 ? digits.toExponential() : String(digits);
  return text.replace('e-', 'e−').replace('e+', 'e');
}

/** Whether a text is one line that no terminal takes for commands. */
function isPlain(text: string): boolean {
  return text !== '' && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
}
