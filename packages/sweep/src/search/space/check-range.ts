import { show } from '@mnet/core/check';
import { integer as wholeNumber, number, type Takes, unfit } from '@mnet/core/options';
import { jsonCopy } from './json-copy.ts';
import { onlyKey } from './plain.ts';
import type { SearchRange } from './range.ts';

/** What the bounds of a kind of range take. */
interface Bounds {
  readonly bound: Takes<number>;
  /** The high bound, given the low one. */
  readonly above: (low: number) => Takes<number>;
  /** The step, given the distance of the bounds; absent of kinds that have none. */
  readonly step?: (span: number) => Takes<number>;
}

const numbers = {
  bound: number(),
  // Their distance is a number too.
  above: (low) => number({ above: low, max: Math.min(low + Number.MAX_VALUE, Number.MAX_VALUE) }),
} satisfies Bounds;
const integers = {
  bound: wholeNumber(),
  above: (low) => wholeNumber({ min: low + 1 }),
} satisfies Bounds;

const kinds = {
  uniform: { ...numbers, step: (span) => number({ above: 0, max: span }) },
  logUniform: { ...numbers, bound: number({ above: 0 }) },
  integer: { ...integers, step: (span) => wholeNumber({ min: 1, max: span }) },
  logInteger: { ...integers, bound: wholeNumber({ min: 1 }) },
} satisfies Record<string, Bounds>;

type NumberKind = keyof typeof kinds;
type RangeKind = NumberKind | 'choice';

const kindNames = [...(Object.keys(kinds) as NumberKind[]), 'choice'] as const;
const kindWords = `an object with one of ${kindNames.join(', ')}, such as { logUniform: [0.001, 1] }`;

/** Makes a range from the arguments of its function. */
export function rangeOfCall(kind: RangeKind, given: readonly unknown[]): SearchRange {
  if (kind === 'choice') return { choice: choicesFrom(given, 'choice') };
  const values = given.at(-1) === undefined ? given.slice(0, 2) : given;
  return { [kind]: numbersFrom(kind, values, ['low', 'high', 'step']) } as unknown as SearchRange;
}

/**
 * Reads a range from JSON.
 *
 * @param where names it in errors
 * @throws TypeError or RangeError for what is no range
 */
export function rangeFrom(json: unknown, where: string): SearchRange {
  const { key: kind, value: given } = onlyKey(json, kindNames, kindWords, where);
  const argument = `${where}.${kind}`;
  if (kind === 'choice') return { choice: choicesFrom(given, argument) };
  const lengths = 'step' in kinds[kind] ? [2, 3] : [2];
  if (!Array.isArray(given) || !lengths.includes(given.length)) {
    throw unfit(given, `[low, high]${lengths.length > 1 ? ' or [low, high, step]' : ''}`, argument);
  }
  const names = given.map((_, i) => `${argument}[${i}]`);
  return { [kind]: numbersFrom(kind, given, names) } as unknown as SearchRange;
}

function numbersFrom(
  kind: NumberKind,
  given: readonly unknown[],
  names: readonly string[],
): readonly number[] {
  const [lowName = '', highName = '', stepName = ''] = names;
  const takes: Bounds = kinds[kind];
  const low = takes.bound.check(given[0], lowName);
  const high = takes.above(low).check(given[1], highName);
  if (given.length < 3 || !takes.step) return [low, high];
  const span = high - low;
  const step = takes.step(span).check(given[2], stepName);
  const steps = span / step;
  if (Math.abs(steps - Math.round(steps)) > 1e-9 * steps) {
    throw new RangeError(`${stepName}: got ${step}, takes a step that divides high - low, ${span}`);
  }
  return [low, high, step];
}

function choicesFrom(given: unknown, argument: string): ReturnType<typeof jsonCopy>[] {
  if (!Array.isArray(given) || given.length === 0) {
    throw unfit(given, 'an array of values, at least one', argument);
  }
  const seen = new Set<string>();
  return given.map((each, i) => {
    const value = jsonCopy(each, `${argument}[${i}]`);
    const text = JSON.stringify(value);
    if (seen.has(text)) {
      throw new TypeError(`${argument}[${i}]: got ${show(each)} again, takes values that differ`);
    }
    seen.add(text);
    return value;
  });
}
