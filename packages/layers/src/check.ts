import type { Shape } from '@tensorflow/tfjs-layers';

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

/** Throws unless `value` is a safe integer of at least `min`. */
export function integerFrom(
  value: unknown,
  min: number,
  argument: string,
): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < min) {
    throw new RangeError(`${argument}: got ${show(value)}, takes an integer of at least ${min}`);
  }
}

/** Throws unless `value` is a number within [min, max]. */
export function numberIn(
  value: unknown,
  min: number,
  max: number,
  argument: string,
): asserts value is number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new RangeError(`${argument}: got ${show(value)}, takes a number from ${min} to ${max}`);
  }
}

/** Throws unless `value` is a boolean. */
export function booleanValue(value: unknown, argument: string): asserts value is boolean {
  if (typeof value !== 'boolean') {
    throw new TypeError(`${argument}: got ${show(value)}, takes true or false`);
  }
}

/** What every tfjs layer takes besides its own options; `customObjects` is what tfjs adds when it loads one. */
const layerKeys = [
  'name',
  'trainable',
  'inputShape',
  'batchInputShape',
  'batchSize',
  'dtype',
  'inputDType',
  'weights',
  'customObjects',
] as const;

/** Throws on an option that the layer does not have, so that a misspelt one is not lost in silence. */
export function knownOptions(options: object, allowed: readonly string[], layer: string): void {
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key) && !(layerKeys as readonly string[]).includes(key)) {
      throw new TypeError(
        `${layer}: got the unknown option '${key}', takes ${[...allowed, ...layerKeys].join(', ')}`,
      );
    }
  }
}

/** The one input shape of a layer, [batch, height, width, channels] with known channels. */
export function featureMapShape(
  shape: Shape | Shape[],
  layer: string,
): [number | null, number | null, number | null, number] {
  const [batch, height, width, channels] = shape as Shape;
  if (shape.length !== 4 || Array.isArray(batch) || typeof channels !== 'number') {
    throw new TypeError(
      `${layer}: got an input of shape ${JSON.stringify(shape)}, takes [batch, height, width, channels] with known channels`,
    );
  }
  return [batch ?? null, height ?? null, width ?? null, channels];
}

/** A value as it is quoted in an error. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'an object';
  return String(value);
}
