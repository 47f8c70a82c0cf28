import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Figure, lineChart, type Series, summarize } from '@mnet/bench';
import { meanPercent, meanPoints } from '@mnet/cli';
import { spread } from '../charts.ts';
import { pairedTest } from './paired-test.ts';

/** A line of a log of `tools/oracles/parity/courses.mjs`: an epoch of one seed, here or in PyTorch. */
interface Line {
  readonly side: Side;
  readonly seed: number;
  readonly dataset: string;
  readonly network: string;
  readonly strides: string;
  readonly epochs: number;
  /** So many of the training images. */
  readonly limit: number;
  readonly epoch: number;
  readonly trainLoss: number;
  /** Of a distillation: the share of the teacher. */
  readonly alpha?: number;
  /** From 0 to 1, after the last epoch. */
  readonly testAccuracy?: number;
}

type Side = 'mnet' | 'torch';
const sides: readonly (readonly [Side, string])[] = [
  ['mnet', 'mnet'],
  ['torch', 'PyTorch'],
];

/** The same trainings here and in PyTorch, from the same starts. */
export interface Parity {
  /** Of its log, without the ending. */
  readonly name: string;
  readonly lines: readonly [Line, ...Line[]];
}

/**
 * The logs `*.jsonl` in a folder, by their names; none where there is no such folder.
 *
 * @throws where one has lines of several courses, or no seed that has ended on both sides
 */
export function paritiesIn(folder: string): Parity[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return files.toSorted().map((file): Parity => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    const [first, ...others] = text.map((line) => JSON.parse(line) as Line);
    if (first === undefined) throw new Error(`${path}: it has no lines`);
    const odd = others.find((line) => courseOf(line) !== courseOf(first));
    if (odd !== undefined)
      throw new Error(
        `${path}: got the courses ${courseOf(first)} and ${courseOf(odd)}, takes one`,
      );
    const parity: Parity = { name: basename(file, '.jsonl'), lines: [first, ...others] };
    if (testsOf(parity).mnet.length === 0)
      throw new Error(`${path}: no seed has a test accuracy on both sides`);
    return parity;
  });
}

function courseOf({ network, strides, dataset, epochs, limit, alpha }: Line): string {
  return [network, strides, dataset, epochs, limit, alpha ?? 'alone'].join(' ');
}

/** What is compared, in words. */
function titleOf({ lines: [{ network, strides, alpha }] }: Parity): string {
  const taught = alpha === undefined ? '' : ' taught by resnet18';
  return `${network}${taught}, ${strides === 'paper' ? "the paper's strides" : strides}`;
}

/** Test accuracies of one side by seed, as far as both sides have one. */
function testsOf({ lines }: Parity): Record<Side, number[]> {
  const of = (side: Side, seed: number): number | undefined =>
    lines.find(
      (line) => line.side === side && line.seed === seed && line.testAccuracy !== undefined,
    )?.testAccuracy;
  const seeds = [...new Set(lines.map(({ seed }) => seed))].toSorted((a, b) => a - b);
  const pairs = seeds.flatMap((seed) => {
    const [mnet, torch] = [of('mnet', seed), of('torch', seed)];
    return mnet === undefined || torch === undefined ? [] : [{ mnet, torch }];
  });
  return { mnet: pairs.map(({ mnet }) => mnet), torch: pairs.map(({ torch }) => torch) };
}

/** Means here and there, their difference, and what chance alone would make of it; the header first. */
export function parityTable(parities: readonly Parity[]): string[][] {
  return [
    ['', 'data', 'epochs', 'n', 'mnet', 'PyTorch', 'difference', '', 'p, paired', 'log'],
    ...parities.map((parity) => {
      const { mnet, torch } = testsOf(parity);
      const [{ dataset, epochs }] = parity.lines;
      const differences = mnet.map((accuracy, i) => accuracy - (torch[i] as number));
      const off = Math.abs(summarize(differences).mean);
      const one = Math.max(summarize(mnet).std, summarize(torch).std);
      const p = pairedTest(differences);
      return [
        titleOf(parity),
        dataset,
        String(epochs),
        String(mnet.length),
        meanPercent(mnet) ?? '–',
        meanPercent(torch) ?? '–',
        meanPoints(differences) ?? '–',
        off <= one ? 'within one standard deviation' : 'beyond one standard deviation',
        p === undefined ? '–' : p.toFixed(2),
        `[${parity.name}](parity/${parity.name}.jsonl)`,
      ];
    }),
  ];
}

/** The loss on the training images by epoch: a line a side, its mean over seeds with a band of one standard deviation. */
export function parityChart(parity: Parity): Figure {
  const { lines } = parity;
  const epochs = Array.from({ length: lines[0].epochs }, (_, i) => i + 1);
  return lineChart({
    title: `${titleOf(parity)}: loss on the training images`,
    x: { label: 'epoch', whole: true },
    y: { label: 'loss' },
    series: sides.map(
      ([side, name], colour): Series => ({
        name,
        colour,
        dashed: side === 'torch',
        points: epochs.map((epoch) => {
          const here = lines.filter((line) => line.side === side && line.epoch === epoch);
          if (here.length === 0) return { x: epoch, y: Number.NaN };
          return { x: epoch, ...spread(here.map(({ trainLoss }) => trainLoss)) };
        }),
      }),
    ),
  });
}
