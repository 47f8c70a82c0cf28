import {
  barChart,
  type Figure,
  lineChart,
  type Mark,
  type Point,
  scatterChart,
  type Series,
  summarize,
} from '@mnet/bench';
import { type ArmResult, publishedOf, resultGroups } from '@mnet/cli';
import type { Found } from './found.ts';

const percent = (value: number): string => `${Number((value * 100).toPrecision(4))}%`;

/** Test accuracy against multiply-adds and against parameters, of all networks on the same data: two charts a data set. */
export function accuracyAgainstCost(
  experiments: readonly Pick<Found, 'experiment' | 'results' | 'published'>[],
): Figure[] {
  const datasets = experiments.flatMap(({ results }) => results.map(({ dataset }) => dataset));
  return [...new Set(datasets)].flatMap((dataset) => {
    const all = experiments.map((found) => ({
      ...found,
      results: found.results.filter((result) => result.dataset === dataset),
    }));
    const against = (words: string, label: string, cost: (result: ArmResult) => number): Figure =>
      scatterChart({
        title: `Test accuracy on ${dataset} against ${words}`,
        note: 'The dashed line is the front: nothing here with less reaches more. Rings are published figures.',
        x: { label, log: true },
        y: { label: 'test accuracy', format: percent },
        marks: all.flatMap((found, colour) => marksOf(found, colour, cost)),
        front: true,
      });
    return [
      against('multiply-adds', 'MACs', ({ macs }) => macs),
      against('parameters', 'parameters', ({ parameters }) => parameters),
    ];
  });
}

function marksOf(
  { experiment, results, published }: Pick<Found, 'experiment' | 'results' | 'published'>,
  colour: number,
  cost: (result: ArmResult) => number,
): Mark[] {
  const number = experiment.replace(/-.*/, '');
  return resultGroups(results).flatMap((group): Mark[] => {
    const [first] = group;
    const [name, x] = [`${number} ${first.arm} ×${first.width}`, cost(first)];
    const tests = group.flatMap(({ testAccuracy }) => testAccuracy ?? []);
    const found = publishedOf(first, published);
    return [
      ...(tests.length > 0 ? [{ name, colour, x, ...spread(tests) }] : []),
      ...(found
        ? [{ name: `${name}, published`, colour, x, y: found.testAccuracy, hollow: true }]
        : []),
    ];
  });
}

/** Test accuracy of each arm and width, as a mean over seeds, beside what others report. */
export function accuracyBars({ results, published }: Pick<Found, 'results' | 'published'>): Figure {
  const groups = resultGroups(results);
  const hasOthers = groups.some(([first]) => publishedOf(first, published) !== undefined);
  return barChart({
    title: 'Test accuracy',
    series: hasOthers ? ['here', 'published'] : ['here'],
    categories: groups.map((group) => {
      const tests = group.flatMap(({ testAccuracy }) => testAccuracy ?? []);
      const here = tests.length > 0 ? summarize(tests).mean : undefined;
      const bars = [here, ...(hasOthers ? [publishedOf(group[0], published)?.testAccuracy] : [])];
      return {
        name: `${group[0].arm} ×${group[0].width}`,
        bars: bars.map((value) => ({ value })),
      };
    }),
    max: 1,
    format: (value) => `${(value * 100).toFixed(2)}%`,
  });
}

/** Results, and of each its epochs. */
interface ByEpoch extends Pick<Found, 'results'> {
  readonly records: readonly ({ readonly epochs: readonly Epoch[] } | undefined)[];
}

interface Epoch {
  readonly trainLoss: number;
  readonly validationAccuracy?: number;
}

/**
 * Validation accuracy by epoch, or the loss on the training images where none are held out: a line an arm and width, its mean
 * over seeds with a band of one standard deviation.
 */
export function courseByEpoch(all: ByEpoch): Figure {
  const validated = all.records.some((run) =>
    run?.epochs.some(({ validationAccuracy }) => validationAccuracy !== undefined),
  );
  return lineChart({
    title: validated ? 'Validation accuracy' : 'Loss on the training images',
    x: { label: 'epoch', whole: true },
    y: validated ? { label: 'accuracy', format: percent } : { label: 'loss' },
    series: linesOf(all, (epoch) => (validated ? epoch.validationAccuracy : epoch.trainLoss)),
  });
}

function linesOf(
  { results, records }: ByEpoch,
  pick: (epoch: Epoch) => number | undefined,
): Series[] {
  return resultGroups(results).map((group, colour): Series => {
    const runs = group.flatMap((result) => records[results.indexOf(result)] ?? []);
    const epochs = Math.max(0, ...runs.map((run) => run.epochs.length));
    const points = Array.from({ length: epochs }, (_, i): Point => {
      const values = runs.flatMap((run) => {
        const epoch = run.epochs[i];
        return (epoch && pick(epoch)) ?? [];
      });
      return { x: i + 1, ...(values.length > 0 ? spread(values) : { y: Number.NaN }) };
    });
    return { name: `${group[0].arm} ×${group[0].width}`, colour, points };
  });
}

/** A mean, and one standard deviation to both sides where there are several values. */
export function spread(values: readonly number[]): { y: number; low?: number; high?: number } {
  const { mean, std } = summarize(values);
  return { y: mean, ...(values.length > 1 && { low: mean - std, high: mean + std }) };
}
