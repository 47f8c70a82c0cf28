/** 2236682 as `2,236,682` */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** Multiply-adds in millions, with one digit below ten. */
export function millions(value: number): string {
  return `${(value / 1e6).toLocaleString('en', { maximumFractionDigits: value < 1e7 ? 2 : 1 })} M`;
}

/** 0.8007 as `80.07%` */
export function percent(value: number): string {
  return `${(value * 100).toFixed(2)}%`;
}

/** Seconds, with one digit below a hundred. */
export function seconds(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} s`;
}

/** A value's text, or a dash where there is none. */
export function or<T>(value: T | null | undefined, format: (value: T) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}
