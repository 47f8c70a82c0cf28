import { InvalidArgumentError } from 'commander';

/** A parser for a flag that takes a whole number from `min` to `max`. */
export function wholeFlag(
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  const upTo = max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`;
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It takes a whole number from ${min}${upTo}.`);
    }
    return value;
  };
}

/** A parser for a flag that takes a number from `min` to `max`, `min` itself only where `open` is false. */
export function numberFlag(
  min: number,
  max: number = Number.POSITIVE_INFINITY,
  { open = false }: { open?: boolean } = {},
): (text: string) => number {
  const lower = open ? `above ${min}` : `from ${min}`;
  const upper = max === Number.POSITIVE_INFINITY ? '' : ` to ${max}`;
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || value < min || value > max || (open && value === min)) {
      throw new InvalidArgumentError(`It takes a number ${lower}${upper}.`);
    }
    return value;
  };
}
