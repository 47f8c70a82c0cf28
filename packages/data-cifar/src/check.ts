/** How a wrong value is shown in a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(show).join(', ')}]`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'an object';
  return String(value);
}

/** Throws unless `value` is one of `allowed`. */
export function oneOf<T extends string>(
  value: unknown,
  allowed: readonly T[],
  argument: string,
): asserts value is T {
  if (!allowed.includes(value as T)) {
    const names = allowed.map(show).join(', ');
    throw new TypeError(`${argument}: got ${show(value)}, takes one of ${names}`);
  }
}

/** Throws unless `value` is an integer within [min, max]. */
export function integerIn(
  value: unknown,
  min: number,
  max: number,
  argument: string,
): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    const range =
      max === Number.MAX_SAFE_INTEGER ? `an integer >= ${min}` : `an integer from ${min} to ${max}`;
    throw new RangeError(`${argument}: got ${show(value)}, takes ${range}`);
  }
}

/** Throws unless `value` can seed the generator: any integer that a number holds exactly. */
export function seedOf(value: unknown, argument: string): asserts value is number {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${argument}: got ${show(value)}, takes a safe integer, such as 1`);
  }
}

/** Throws unless `value` is true or false. */
export function booleanOf(value: unknown, argument: string): asserts value is boolean {
  if (typeof value !== 'boolean') {
    throw new TypeError(`${argument}: got ${show(value)}, takes true or false`);
  }
}

/** Throws unless `value` is an object that has no keys but `allowed`: a misspelt option is an error, not silence. */
export function keysOf(value: unknown, allowed: readonly string[], argument: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(
      `${argument}: got ${show(value)}, takes an object with ${allowed.join(', ')}`,
    );
  }
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) {
      throw new TypeError(`${argument}: unknown key '${key}', takes ${allowed.join(', ')}`);
    }
  }
}
