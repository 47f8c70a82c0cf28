import { type Given, number, optional, options, resolve } from '@mnet/core/options';
import type { AccuracyResult } from '../measure/accuracy.ts';
import type { BenchResult } from '../measure/result.ts';
import { median } from '../measure/statistics.ts';
import type { AnyResult } from '../results/any-result.ts';
import { keyOf, namesAmong } from '../results/names.ts';
import { shareDifference, z95 } from './proportions.ts';
import { pairedRatio } from './paired-ratio.ts';
import { unpairedRatio } from './unpaired-ratio.ts';
import type { RatioInterval } from './ratio-interval.ts';

const compareOptions = options({
  /** Of the intervals of times; default 0.95. Those of accuracies have 0.95. */
  confidence: optional(number({ min: 0.5, max: 0.9999 }), 0.95),
});

/** What {@link compareResults} takes beside the results. */
export interface CompareOptions extends Given<typeof compareOptions> {}

/**
 * What the noise of a ratio is taken from: `in turns`, rounds of one session, pair by pair; `rounds`, those of two sessions, between
 * which the machine may have changed; `runs`, those within one process each, which say nothing of how processes differ; `counted`,
 * figures without noise; `images`, the images of a data set.
 */
export type NoiseSource = 'in turns' | 'rounds' | 'runs' | 'counted' | 'images';

/** One figure of two results. */
export interface Comparison {
  /** What is compared, such as `mobilenet_v2, infer, mnet, batch 1`. */
  readonly name: string;
  /** The figure's name, such as `median`. */
  readonly figure: string;
  readonly unit: 'ms' | 'bytes' | 'share' | 'count';
  readonly before: number;
  readonly after: number;
  /** after / before; of shares after − before. */
  readonly change: number;
  /** The interval of `change`; absent of figures without noise. */
  readonly low?: number;
  readonly high?: number;
  readonly noise: NoiseSource;
  /** `undecided` where the noise may account for the difference, or is not known. */
  readonly verdict: 'better' | 'worse' | 'same' | 'undecided';
}

/** What two lists of results have in common, compared, and what one of them alone has. */
export interface Comparisons {
  readonly comparisons: readonly Comparison[];
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

/**
 * Compares results figure by figure. Those of the same network, measured in the same way, belong together; where each side has
 * one that measures the same, of another network or in another way, these do. A verdict is given only where the difference exceeds
 * the noise: of times that needs rounds, at least six of one session or four of each of two, whose noise is that within each.
 *
 * @throws if an option is unknown or out of range.
 */
export function compareResults(
  before: readonly AnyResult[],
  after: readonly AnyResult[],
  given: CompareOptions = {},
): Comparisons {
  const { confidence } = resolve(compareOptions, given, 'compareResults options');
  const names = namesAmong([...before, ...after]);
  const left = [...after];
  const comparisons: Comparison[] = [];
  const onlyBefore: string[] = [];
  for (const a of before) {
    const b = left.find((each) => isSame(each, a)) ?? alone(a, before, left);
    if (b === undefined) {
      onlyBefore.push(names.title(a));
      continue;
    }
    left.splice(left.indexOf(b), 1);
    const [title, other] = [names.title(a), names.title(b)];
    const name = title === other ? title : `${title} → ${other}`;
    comparisons.push(...figures(a, b, name, confidence));
  }
  return { comparisons, onlyBefore, onlyAfter: left.map(names.title) };
}

/**
 * Compares each result of a list with the first of those that measure the same in another way: other networks, backends, threads.
 *
 * @throws as {@link compareResults} does.
 */
export function compareWithFirst(
  results: readonly AnyResult[],
  given: CompareOptions = {},
): Comparison[] {
  const { confidence } = resolve(compareOptions, given, 'compareWithFirst options');
  const { title } = namesAmong(results);
  const firsts = new Map<string, AnyResult>();
  return results.flatMap((each) => {
    const group = groupOf(each);
    const first = firsts.get(group);
    if (first === undefined) {
      firsts.set(group, each);
      return [];
    }
    return figures(first, each, `${title(first)} → ${title(each)}`, confidence);
  });
}

/** What results of other networks, backends and threads must share to be comparable. */
function groupOf(result: AnyResult): string {
  if (result.kind === 'time' || result.kind === 'memory') {
    return JSON.stringify([result.kind, result.mode, result.batch]);
  }
  if (result.kind === 'accuracy') return JSON.stringify([result.kind, result.dataset, result.part]);
  return result.kind;
}

function isSame(a: AnyResult, b: AnyResult): boolean {
  return keyOf(a) === keyOf(b) && (a.width ?? null) === (b.width ?? null);
}

/** The only one of a group on the other side, of the only one on this. */
function alone(
  of: AnyResult,
  before: readonly AnyResult[],
  after: readonly AnyResult[],
): AnyResult | undefined {
  const same = (results: readonly AnyResult[]): AnyResult[] =>
    results.filter((each) => groupOf(each) === groupOf(of));
  const others = same(after);
  return same(before).length === 1 && others.length === 1 ? others[0] : undefined;
}

function figures(a: AnyResult, b: AnyResult, name: string, confidence: number): Comparison[] {
  if (a.kind === 'time' && b.kind === 'time') return [times(name, a, b, confidence)];
  if (a.kind === 'accuracy' && b.kind === 'accuracy') return [accuracy(name, a, b)];
  if (a.kind === 'memory' && b.kind === 'memory') {
    const words = 'memory above the floor';
    const found = exact(name, words, 'bytes', a.aboveFloorBytes, b.aboveFloorBytes);
    return [{ ...found, noise: 'runs', verdict: 'undecided' }];
  }
  if (a.kind === 'size' && b.kind === 'size') {
    return Object.entries(a.files).flatMap(([dtype, saved]) => {
      const other = b.files[dtype as keyof typeof b.files];
      return [
        exact(name, dtype, 'bytes', saved.bytes, other.bytes),
        exact(name, `${dtype}, gzip`, 'bytes', saved.gzipBytes, other.gzipBytes),
      ];
    });
  }
  const macs =
    a.macs === null || b.macs === null ? [] : [exact(name, 'MACs', 'count', a.macs, b.macs)];
  return [exact(name, 'parameters', 'count', a.params, b.params), ...macs];
}

function times(name: string, a: BenchResult, b: BenchResult, confidence: number): Comparison {
  const [before, after] = [a, b].map(({ roundsMs }) => roundsMs.map(median)) as [
    number[],
    number[],
  ];
  const inTurns = a.session !== undefined && a.session === b.session && a.roundsMs.length > 1;
  const noise = inTurns
    ? 'in turns'
    : Math.min(before.length, after.length) > 1
      ? 'rounds'
      : 'runs';
  const found: RatioInterval =
    noise === 'in turns' && before.length === after.length
      ? pairedRatio(before, after, confidence)
      : noise === 'runs'
        ? unpairedRatio(a.roundsMs.flat(), b.roundsMs.flat(), confidence)
        : unpairedRatio(before, after, confidence);
  const { ratio, low, high } = found;
  const known = noise !== 'runs';
  const verdict = known && low > 1 ? 'worse' : known && high < 1 ? 'better' : 'undecided';
  return {
    name,
    figure: 'median',
    unit: 'ms',
    before: a.medianMs,
    after: b.medianMs,
    change: ratio,
    low,
    high,
    noise,
    verdict,
  };
}

function accuracy(name: string, a: AccuracyResult, b: AccuracyResult): Comparison {
  const [low, high] = shareDifference(a, b, z95);
  return {
    name,
    figure: 'accuracy',
    unit: 'share',
    before: a.accuracy,
    after: b.accuracy,
    change: b.accuracy - a.accuracy,
    low,
    high,
    noise: 'images',
    verdict: low > 0 ? 'better' : high < 0 ? 'worse' : 'undecided',
  };
}

function exact(
  name: string,
  figure: string,
  unit: Comparison['unit'],
  before: number,
  after: number,
): Comparison {
  const verdict = after === before ? 'same' : after < before ? 'better' : 'worse';
  return { name, figure, unit, before, after, change: after / before, noise: 'counted', verdict };
}
