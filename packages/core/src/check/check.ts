// Checks of arguments. Their errors name the argument, quote what it got and say what it takes.

/** Throws unless `value` is one of `allowed`, naming the argument and what it takes. */
export function oneOf<T extends string | number>(
  value: unknown,
  allowed: readonly T[],
  argument: string,
): asserts value is T {
  if (!allowed.includes(value as T)) {
    throw new TypeError(
      `${argument}: got ${show(value)}, takes one of ${allowed.map(show).join(', ')}`,
    );
  }
}

/** Throws unless `value` is a finite number within [min, max]. */
export function numberIn(
  value: unknown,
  min: number,
  max: number,
  argument: string,
): asserts value is number {
  if (typeof value !== 'number' || !(value >= min && value <= max) || !Number.isFinite(value)) {
    throw new RangeError(`${argument}: got ${show(value)}, takes ${numberWords(min, max)}`);
  }
}

/** How {@link numberIn} says what it takes. */
export function numberWords(min: number, max: number): string {
  if (max !== Number.MAX_VALUE) return `a number from ${min} to ${max}`;
  return min === -Number.MAX_VALUE ? 'a finite number' : `a finite number from ${min}`;
}

/** Throws unless `value` is a finite number greater than `above`, and at most `max`. */
export function numberAbove(
  value: unknown,
  above: number,
  max: number,
  argument: string,
): asserts value is number {
  if (typeof value !== 'number' || !(value > above && value <= max) || !Number.isFinite(value)) {
    throw new RangeError(`${argument}: got ${show(value)}, takes ${aboveWords(above, max)}`);
  }
}

/** How {@link numberAbove} says what it takes. */
export function aboveWords(above: number, max: number): string {
  return `a number above ${above}${max === Number.MAX_VALUE ? '' : `, up to ${max}`}`;
}

/** Throws unless `value` is a number of at least `min` and less than `below`. */
export function numberBelow(
  value: unknown,
  min: number,
  below: number,
  argument: string,
): asserts value is number {
  if (typeof value !== 'number' || !(value >= min && value < below)) {
    throw new RangeError(`${argument}: got ${show(value)}, takes ${belowWords(min, below)}`);
  }
}

/** How {@link numberBelow} says what it takes. */
export function belowWords(min: number, below: number): string {
  return `a number from ${min} to below ${below}`;
}

/** Throws unless `value` is a safe integer within [min, max]. */
export function integerIn(
  value: unknown,
  min: number,
  max: number,
  argument: string,
): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    throw new RangeError(`${argument}: got ${show(value)}, takes ${integerWords(min, max)}`);
  }
}

/** How {@link integerIn} says what it takes. */
export function integerWords(min: number, max: number): string {
  if (max !== Number.MAX_SAFE_INTEGER) return `a whole number from ${min} to ${max}`;
  return min === Number.MIN_SAFE_INTEGER ? 'a safe integer' : `a whole number from ${min}`;
}

/** Throws unless `value` is a safe integer of at least `min`. */
export function integerFrom(
  value: unknown,
  min: number,
  argument: string,
): asserts value is number {
  integerIn(value, min, Number.MAX_SAFE_INTEGER, argument);
}

/** Throws unless `value` can seed a generator: any integer that a number holds exactly. */
export function seedValue(value: unknown, argument: string): asserts value is number {
  integerIn(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, argument);
}

/** Throws unless `value` is a boolean. */
export function booleanValue(value: unknown, argument: string): asserts value is boolean {
  if (typeof value !== 'boolean') {
    throw new TypeError(`${argument}: got ${show(value)}, takes true or false`);
  }
}

/** Throws unless `options` is an object without keys but `allowed`, so that a misspelt one is not lost in silence. */
export function knownOptions(options: unknown, allowed: readonly string[], argument: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${argument}: got ${show(options)}, takes an object of options`);
  }
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key)) {
      throw new TypeError(`${argument}: unknown option '${key}', takes ${allowed.join(', ')}`);
    }
  }
}

/** A value as it is quoted in an error. */
export function show(value: unknown): string {
  return showWithin(value, 3);
}

/** @param depth of arrays in arrays that are written out; what a file holds may go on for thousands */
function showWithin(value: unknown, depth: number): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    if (value.length > 8 || depth === 0) return `an array of ${value.length}`;
    return `[${value.map((each) => showWithin(each, depth - 1)).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'an object';
  return String(value);
}
