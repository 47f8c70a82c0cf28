/** Throws unless `value` is a finite number from `min` to `max`, naming the argument and what it takes. */
export function numberIn(
  value: unknown,
  min: number,
  max: number,
  argument: string,
): asserts value is number {
  if (typeof value !== 'number' || !(value >= min && value <= max) || !Number.isFinite(value)) {
    const range =
      max === Number.MAX_VALUE ? `a finite number from ${min}` : `a number from ${min} to ${max}`;
    throw new RangeError(`${argument}: got ${show(value)}, takes ${range}`);
  }
}

/** Throws unless `value` can be a temperature. */
export function temperatureOf(value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value > 0 && value <= 1e6)) {
    throw new RangeError(
      `temperature: got ${show(value)}, takes a number above 0, to 1000000, such as 4`,
    );
  }
}

/** Throws unless `options` is an object that has no keys but `allowed`: a misspelt option must not be lost. */
export function knownKeys(options: unknown, allowed: readonly string[], argument: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${argument}: got ${show(options)}, takes an object`);
  }
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key)) {
      throw new TypeError(`${argument}: unknown option '${key}', takes ${allowed.join(', ')}`);
    }
  }
}

/** A value as it stands in an error message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'an object';
  return String(value);
}
