import { summarize } from '@mnet/bench';
import { textTable } from '@mnet/bench/results';
import { type ArmResult, type Published, publishedOf, resultGroups } from './results.ts';

/** Results that differ by their seed alone. */
type Group = readonly [ArmResult, ...ArmResult[]];

/** A column of the table; it is left out where no row has anything to say. */
type Column = readonly [title: string, cell: (group: Group) => string | undefined];

/** {@link armRows} as text. */
export function armTable(
  results: readonly ArmResult[],
  published: readonly Published[] = [],
  baseline?: string,
): string {
  return textTable(armRows(results, published, baseline));
}

/**
 * A table of results, its header first, then one row an arm and width: means over seeds, with the standard deviation where there are several.
 *
 * @param baseline the arm that the others of its network are held against: the mean of the differences to it, width by width
 *   and seed by seed, with their standard deviation
 * @param timed whether the seconds are shown, which say something only of a machine that did nothing else
 */
export function armRows(
  results: readonly ArmResult[],
  published: readonly Published[] = [],
  baseline?: string,
  timed = true,
): string[][] {
  const names = [...new Set(results.flatMap(({ measured = {} }) => Object.keys(measured)))];
  const several = new Set(results.map(({ dataset }) => dataset)).size > 1;
  const figures = (pick: (result: ArmResult) => number | undefined) => (group: Group) =>
    meanPercent(group.flatMap((result) => pick(result) ?? []));
  const columns: readonly Column[] = [
    ['', ([{ arm, dataset }]) => (several ? `${arm}, ${dataset}` : arm)],
    ['width', ([{ width }]) => String(width)],
    ['n', (group) => String(group.length)],
    ['params', ([{ parameters }]) => parameters.toLocaleString('en')],
    ['MACs', ([{ macs }]) => `${(macs / 1e6).toPrecision(4)} M`],
    ['epochs', (group) => range(group.map(({ epochs }) => epochs))],
    ['teacher', figures(({ teacherAccuracy }) => teacherAccuracy)],
    ['agreement', figures(({ agreement }) => agreement)],
    ['test', figures(({ testAccuracy }) => testAccuracy)],
    ...names.map((name): Column => [name, (group) => measuredOf(group, name)]),
    [`− ${baseline}`, (group) => meanPoints(differencesTo(baseline, group, results))],
    ...(timed ? secondsColumns : []),
    ['published', ([first]) => figureFor(first, published)],
  ];
  const groups = resultGroups(results);
  const shown = columns.flatMap(([title, cell]) => {
    const cells = groups.map(cell);
    const needed = always.includes(title) || cells.some((each) => each !== undefined);
    return needed ? [[title, ...cells.map((each) => each ?? '–')]] : [];
  });
  return Array.from({ length: groups.length + 1 }, (_, row) =>
    shown.map((cells) => cells[row] as string),
  );
}

/** Where a time decides the epochs, those of each seed are its own. */
function range(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(least) : `${least}–${most}`;
}

const secondsColumns: readonly Column[] = [
  ['s an epoch', (group) => meanSeconds(group.map(({ secondsPerEpoch }) => secondsPerEpoch))],
  [
    's a validation',
    (group) => meanSeconds(group.flatMap(({ validationSeconds }) => validationSeconds ?? [])),
  ],
];

const always: readonly string[] = ['test', 's a validation'];

/** The mean of an experiment's own figure, or what stands for it. */
function measuredOf(group: Group, name: string): string | undefined {
  const values = group.flatMap(({ measured }) => measured?.[name] ?? []);
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === 0) return words(values.map(String));
  const { mean, std } = summarize(numbers);
  const counted = numbers.length < group.length ? ` (n = ${numbers.length})` : '';
  return `${mean.toFixed(1)}${numbers.length > 1 ? ` ± ${std.toFixed(1)}` : ''}${counted}`;
}

/** What results say in words, and how many each where they differ; undefined of none. */
function words(values: readonly string[]): string | undefined {
  const different = [...new Set(values)];
  if (different.length < 2) return different[0];
  const times = (word: string): number => values.filter((value) => value === word).length;
  return different.map((word) => `${word} (${times(word)})`).join(', ');
}

function figureFor(first: ArmResult, published: readonly Published[]): string | undefined {
  const found = publishedOf(first, published);
  return found && meanPercent([found.testAccuracy]);
}

/**
 * Test accuracies of one arm at one width less those of the baseline from the same width and seed, as shares.
 *
 * @returns none where there is no baseline, or the arm has another network than it
 */
export function differencesTo(
  baseline: string | undefined,
  group: readonly ArmResult[],
  results: readonly ArmResult[],
): number[] {
  return group.flatMap(({ arm, network, width, seed, testAccuracy }) => {
    const beside = results.find(
      (each) => each.arm === baseline && each.width === width && each.seed === seed,
    );
    if (arm === baseline || beside?.network !== network) return [];
    if (testAccuracy === undefined || beside.testAccuracy === undefined) return [];
    return [testAccuracy - beside.testAccuracy];
  });
}

function meanSeconds(seconds: readonly number[]): string | undefined {
  return seconds.length === 0 ? undefined : summarize(seconds).mean.toFixed(1);
}

/** The mean of shares from 0 to 1 in percent, with their standard deviation where there are several; undefined of none. */
export function meanPercent(shares: readonly number[]): string | undefined {
  const text = meanOf(shares);
  return text && `${text}%`;
}

/** Differences of shares, in percentage points, with their sign. */
export function meanPoints(shares: readonly number[]): string | undefined {
  const text = meanOf(shares);
  return text && (text.startsWith('-') ? text : `+${text}`);
}

function meanOf(shares: readonly number[]): string | undefined {
  if (shares.length === 0) return undefined;
  const { mean, std } = summarize(shares.map((share) => share * 100));
  return shares.length > 1 ? `${mean.toFixed(2)} ± ${std.toFixed(2)}` : mean.toFixed(2);
}
