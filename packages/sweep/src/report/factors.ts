import type { Value } from '../config.ts';

/** Values by key. */
export type Values = Readonly<Record<string, Value>>;

/** A key that settings vary. */
export interface Factor {
  readonly key: string;
  /** Numbers where each setting has one, else words. */
  readonly kind: 'numbers' | 'words';
  /** Its different values: numbers by their size, others in their order; undefined stands for settings without the key. */
  readonly levels: readonly (Value | undefined)[];
  /** Whether its numbers are shown by their logarithm. */
  readonly log: boolean;
}

/** The keys in which settings differ, in the order in which they name them. */
export function factorsOf(settings: readonly { readonly values: Values }[]): Factor[] {
  const keys = [...new Set(settings.flatMap(({ values }) => Object.keys(values)))];
  return keys.flatMap((key): Factor[] => {
    const all = settings.map(({ values }) => values[key]);
    const levels = [...new Map(all.map((value) => [levelOf(value), value])).values()];
    if (levels.length < 2) return [];
    const numbers = levels.filter(
      (value): value is number => typeof value === 'number' && Number.isFinite(value),
    );
    if (numbers.length < levels.length) return [{ key, kind: 'words', levels, log: false }];
    const sorted = numbers.toSorted((a, b) => a - b);
    return [{ key, kind: 'numbers', levels: sorted, log: isWide(sorted) }];
  });
}

/** What equal values have in common, and no others. */
export function levelOf(value: Value | undefined): string {
  return JSON.stringify(value) ?? '';
}

const wideDecades = 1.5;

/**
 * Whether numbers say more by their ratios than by their differences: they are positive, span much, and lie around the middle
 * of their range rather by their logarithm, as those do that were drawn or chosen so.
 */
function isWide(sorted: readonly number[]): boolean {
  const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
  if (!(low > 0) || Math.log10(high / low) <= wideDecades) return false;
  const [a = 0, b = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  const middle = Math.sqrt(a * b);
  const byRatio = Math.log(middle / low) / Math.log(high / low);
  const byDifference = (middle - low) / (high - low);
  return Math.abs(byRatio - 0.5) <= Math.abs(byDifference - 0.5);
}
