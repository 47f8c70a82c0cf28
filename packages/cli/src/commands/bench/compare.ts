import {
  type AnyResult,
  type Comparison,
  compareResults,
  compareWithFirst,
  readResults,
} from '@mnet/bench';
import { textTable } from '@mnet/bench/results';
import { number, optional, options, type Resolved } from '@mnet/core/options';
import { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../../flags/output.ts';
import { percent } from '../../program/percent.ts';
import { userPath } from '../../program/user-path.ts';
import { writeJson } from '../../program/write-json.ts';

const compareOptions = options({
  /** Of the intervals of times, default 0.95. */
  confidence: optional(number({ min: 0.5, max: 0.9999 }), 0.95),
  /** By which share a figure may be worse, beyond the noise, before the command fails; left out: it does not. */
  failAbove: optional(number({ min: 0, max: 100 })),
});

interface Flags extends Resolved<typeof compareOptions>, OutputFlags {}

/** `mnet bench compare` */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description(
      'Ratios of two files of results, with the noise of each, and a verdict where the difference exceeds it; of one file, each result against the first of its kind.',
    )
    .argument('<before>', 'a file that --json of these commands has written')
    .argument('[after]', 'another one');
  addFlags(command, compareOptions, {
    confidence: ['--confidence <share>', 'of the intervals of times'],
    failAbove: [
      '--fail-above <share>',
      'exit with 1 where a figure is worse beyond the noise and by more than this share, as 0.05, and where a time, or every figure, can have no verdict',
    ],
  });
  return addOutputFlags(command).action(compare);
}

async function compare(
  before: string,
  after: string | undefined,
  { confidence, failAbove, json }: Flags,
): Promise<void> {
  const read = (path: string): Promise<AnyResult[]> => readResults(userPath(path));
  const first = await read(before);
  const found =
    after === undefined
      ? {
          comparisons: compareWithFirst(first, { confidence }),
          onlyBefore: [],
          onlyAfter: [],
        }
      : compareResults(first, await read(after), { confidence });
  if (json !== undefined)
    await writeJson(json, { before, after: after ?? before, confidence, ...found });
  else {
    console.log(comparisonText(found.comparisons));
    for (const name of found.onlyBefore) console.log(`only in ${before}: ${name}`);
    for (const name of found.onlyAfter) console.log(`only in ${after}: ${name}`);
  }
  if (failAbove === undefined) return;
  const worse = found.comparisons.filter((each) => isWorse(each, failAbove));
  if (worse.length > 0) {
    const names = worse.map((each) => `${each.name}, ${each.figure}: ${changeText(each)}`);
    throw new Error(`worse by more than ${percent(failAbove)}: ${names.join('; ')}`);
  }
  assertJudged(found.comparisons);
}

/** Throws where a time, or every figure, can have no verdict: what nobody could judge would pass as no worse. */
function assertJudged(comparisons: readonly Comparison[]): void {
  if (comparisons.length === 0) {
    throw new Error('--fail-above: got nothing to compare, takes one figure in common at least');
  }
  const unjudged = comparisons.filter((each) => !isJudged(each));
  const times = unjudged.filter(({ unit }) => unit === 'ms');
  if (times.length > 0) {
    throw new Error(
      `--fail-above: got times that can have no verdict (${namesOf(times)}), takes times of six rounds in turns, or of four in each session`,
    );
  }
  if (unjudged.length === comparisons.length) {
    throw new Error(
      `--fail-above: got memory alone, which has no verdict (${namesOf(unjudged)}), takes times, accuracies, sizes or costs`,
    );
  }
}

function namesOf(comparisons: readonly Comparison[]): string {
  return comparisons.map(({ name, figure }) => `${name}, ${figure}`).join('; ');
}

/** Whether a figure has a verdict where it differs by enough. */
function isJudged(comparison: Comparison): boolean {
  return comparison.noise !== 'runs' && !isUnbounded(comparison);
}

function isWorse({ verdict, unit, change }: Comparison, above: number): boolean {
  return verdict === 'worse' && (unit === 'share' ? -change > above : change > 1 + above);
}

const noises = {
  'in turns': 'rounds in turns',
  rounds: 'rounds of two sessions',
  runs: 'runs of one process',
  counted: '',
  images: 'images',
} as const;

function comparisonText(comparisons: readonly Comparison[]): string {
  if (comparisons.length === 0) return 'They have nothing in common to compare.';
  return textTable([
    ['', 'before', 'after', 'change', 'interval', 'noise from', 'verdict'],
    ...comparisons.map((each) => [
      each.figure === 'median' ? each.name : `${each.name}: ${each.figure}`,
      valueText(each.before, each.unit),
      valueText(each.after, each.unit),
      changeText(each),
      intervalText(each),
      noises[each.noise],
      verdictText(each),
    ]),
  ]);
}

function verdictText(comparison: Comparison): string {
  const { verdict, noise, unit } = comparison;
  if (verdict !== 'undecided') return verdict;
  if (isJudged(comparison)) return 'within the noise';
  return noise === 'runs' && unit === 'ms' ? 'none without --rounds' : 'none';
}

/** Whether there were too few rounds for an interval. */
function isUnbounded({ low, high }: Comparison): boolean {
  return low === 0 && high === Number.POSITIVE_INFINITY;
}

function intervalText(comparison: Comparison): string {
  const { unit, low, high } = comparison;
  if (low === undefined || high === undefined) return '';
  if (isUnbounded(comparison)) return 'too few rounds';
  return unit === 'share'
    ? `${points(low)} … ${points(high)}`
    : `${low.toFixed(3)} … ${high.toFixed(3)}`;
}

function valueText(value: number, unit: Comparison['unit']): string {
  if (unit === 'ms') return `${value.toPrecision(4)} ms`;
  return unit === 'share' ? percent(value) : value.toLocaleString('en');
}

function changeText({ unit, change }: Comparison): string {
  return unit === 'share' ? points(change) : `×${change.toFixed(3)}`;
}

function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${(Math.abs(difference) * 100).toFixed(2)}`;
}
