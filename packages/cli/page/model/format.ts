/** A number with four significant digits, without noise: `0.0123`, `1.235e-5`, `12,346`. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(3);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(4)));
}

/** A standard deviation, with the two digits that it is good for, written as its mean is. */
export function spread(deviation: number, write: (value: number) => string): string {
  return `± ${write(Number(deviation.toPrecision(2)))}`;
}

/** A part of a whole: `81.25%`. */
export function percent(value: number): string {
  return `${(100 * value).toFixed(2)}%`;
}

/** A span: `0:42`, `12:07`, `3:05:00`, `2 d 04:00`. */
export function duration(seconds: number): string {
  const all = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [s, m, h] = [all % 60, Math.floor(all / 60) % 60, Math.floor(all / 3600)];
  if (h >= 48) return `${Math.floor(h / 24)} d ${two(h % 24)}:${two(m)}`;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A moment, as people write it where the reader is: `28 Nov, 09:05`. */
export function moment(date: string | number): string {
  const time = new Date(date);
  if (Number.isNaN(time.getTime())) return String(date);
  return time.toLocaleString(undefined, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}
