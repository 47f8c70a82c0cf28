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

/** Throws unless `value` is a whole number of at least `min`. */
export function wholeNumber(
  value: unknown,
  min: number,
  argument: string,
): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < min) {
    throw new RangeError(`${argument}: got ${show(value)}, takes a whole number from ${min}`);
  }
}

/** Throws unless `value` is true or false. */
export function boolean(value: unknown, argument: string): asserts value is boolean {
  if (typeof value !== 'boolean') {
    throw new TypeError(`${argument}: got ${show(value)}, takes true or false`);
  }
}

/** Throws unless `value` is one of `allowed`. */
export function oneOf<T extends string>(
  value: unknown,
  allowed: readonly T[],
  argument: string,
): asserts value is T {
  if (!allowed.includes(value as T)) {
    const names = allowed.map((name) => `'${name}'`).join(', ');
    throw new TypeError(`${argument}: got ${show(value)}, takes one of ${names}`);
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
