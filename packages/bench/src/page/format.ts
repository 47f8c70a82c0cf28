/** 2236682 as `2,236,682` */
export function count(value: number): string {
  return value.toLocaleString('en');
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** Three digits and a unit: 0.0123, 1.5, 12k, 2.24M, 1.81G. */
export function compact(value: number): string {
  const digits = +value.toPrecision(3);
  if (Math.abs(digits) < 1e4 && (digits === 0 || Math.abs(digits) >= 1e-4)) {
    return digits.toLocaleString('en', { maximumFractionDigits: 7 });
  }
  if (Math.abs(digits) < 1) return digits.toExponential().replace('e-', 'e−');
  return short.format(value).replace('K', 'k').replace('B', 'G');
}

/** Multiply-adds in millions, with one digit below ten. */
export function millions(value: number): string {
  return `${(value / 1e6).toLocaleString('en', { maximumFractionDigits: value < 1e7 ? 2 : 1 })} M`;
}

/** 0.8007 as `80.07%` */
export function percent(value: number): string {
  return `${(value * 100).toFixed(2)}%`;
}

/** 0.805 as `80.5%`, 0.8 as `80%`: for an axis. */
export function shortPercent(value: number): string {
  return `${+(value * 100).toPrecision(4)}%`;
}

/** Seconds, with one digit below a hundred; minutes and hours from there. */
export function seconds(value: number): string {
  if (value < 100) return `${value.toFixed(1)} s`;
  const minutes = Math.round(value / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A value's text, or a dash where there is none. */
export function or<T>(value: T | null | undefined, format: (value: T) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}
