import { summarize } from '@mnet/bench';
import type { RunRecord } from '@mnet/train';
import { textTable } from '../program/text-table.ts';
import type { Job } from './jobs.ts';

/** What others report of an arm. */
export interface Published {
  /** The arm's name. */
  readonly arm: string;
  /** Of its width multiplier; absent: whatever it is. */
  readonly width?: number;
  /** On the test images, from 0 to 1. */
  readonly testAccuracy: number;
}

/** The figures of one training, as `results.json` holds them. Accuracies are from 0 to 1. */
export interface ArmResult {
  readonly arm: string;
  readonly width: number;
  readonly seed: number;
  /** The run's folder within the experiment's; empty where it is that folder. */
  readonly folder: string;
  readonly network: string;
  /** The data set's name. */
  readonly dataset: string;
  /** Values that training changes by gradients, frozen ones included. */
  readonly parameters: number;
  /** Multiply-adds of one prediction. */
  readonly macs: number;
  readonly status: RunRecord['status'];
  readonly epochs: number;
  readonly testAccuracy?: number;
  /** Of the best epoch. */
  readonly validationAccuracy?: number;
  /** Of training an epoch, without evaluation. */
  readonly secondsPerEpoch: number;
  /** Of evaluating the validation images once; absent where no epoch did. */
  readonly validationSeconds?: number;
}

/** What `results.json` holds. */
export interface Results {
  readonly experiment: string;
  /** When it was begun, ISO 8601. Runs in its folder that are older belong to one that it replaces. */
  readonly started: string;
  /** The name of the data set; an arm may have another one. */
  readonly dataset: string;
  readonly results: readonly ArmResult[];
  /** Figures of others on this data; none where it is another one than theirs. */
  readonly published: readonly Published[];
}

/** @param cost what the network costs */
export function armResult(
  { arm, width, seed, folder }: Job<never>,
  { model, dataset, status, epochs, test, best, seconds }: RunRecord,
  cost: { readonly params: number; readonly macs: number },
): ArmResult {
  const validations = epochs.flatMap(({ validationSeconds }) => validationSeconds ?? []);
  return {
    arm: arm.name,
    width,
    seed,
    folder,
    network: model.name,
    dataset: dataset.name,
    parameters: cost.params,
    macs: cost.macs,
    status,
    epochs: epochs.length,
    ...(test && { testAccuracy: test.accuracy }),
    ...(best?.validationAccuracy !== undefined && { validationAccuracy: best.validationAccuracy }),
    secondsPerEpoch: Number((seconds / Math.max(1, epochs.length)).toFixed(2)),
    ...(validations.length > 0 && {
      validationSeconds: Number(summarize(validations).mean.toFixed(2)),
    }),
  };
}

/**
 * A table of results, its header first, then one row an arm and width: means over seeds, with the standard deviation where
 * there are several, and the figures of others where there are any.
 */
export function armRows(
  results: readonly ArmResult[],
  published: readonly Published[] = [],
): [header: string[], ...rows: string[][]] {
  const several = new Set(results.map(({ dataset }) => dataset)).size > 1;
  const rows = resultGroups(results).map((list) => {
    const [first] = list;
    const found = publishedOf(first, published);
    const tests = list.flatMap(({ testAccuracy }) => testAccuracy ?? []);
    return [
      several ? `${first.arm}, ${first.dataset}` : first.arm,
      String(first.width),
      String(list.length),
      first.parameters.toLocaleString('en'),
      `${(first.macs / 1e6).toPrecision(4)} M`,
      String(first.epochs),
      tests.length === 0 ? '–' : percent(tests),
      meanSeconds(list.map(({ secondsPerEpoch }) => secondsPerEpoch)),
      meanSeconds(list.flatMap(({ validationSeconds }) => validationSeconds ?? [])),
      ...(published.length > 0 ? [found ? percent([found.testAccuracy]) : '–'] : []),
    ];
  });
  return [[...columns, ...(published.length > 0 ? ['published'] : [])], ...rows];
}

const columns = [
  '',
  'width',
  'n',
  'params',
  'MACs',
  'epochs',
  'test',
  's an epoch',
  's a validation',
] as const;

/** {@link armRows} as text. */
export function armTable(
  results: readonly ArmResult[],
  published: readonly Published[] = [],
): string {
  return textTable(armRows(results, published));
}

/** What others report of an arm at its width. */
export function publishedOf(
  result: Pick<ArmResult, 'arm' | 'width'>,
  published: readonly Published[],
): Published | undefined {
  return published.find(
    ({ arm, width }) => arm === result.arm && (width === undefined || width === result.width),
  );
}

function meanSeconds(seconds: readonly number[]): string {
  return seconds.length === 0 ? '–' : summarize(seconds).mean.toFixed(1);
}

function percent(accuracies: readonly number[]): string {
  const { mean, std } = summarize(accuracies.map((accuracy) => accuracy * 100));
  return accuracies.length > 1 ? `${mean.toFixed(2)} ± ${std.toFixed(2)}%` : `${mean.toFixed(2)}%`;
}

/** Results that differ by their seed alone, together. */
export function resultGroups(results: readonly ArmResult[]): [ArmResult, ...ArmResult[]][] {
  const groups = new Map<string, [ArmResult, ...ArmResult[]]>();
  for (const result of results) {
    const key = `${result.arm} ${result.width}`;
    const group = groups.get(key);
    if (group) group.push(result);
    else groups.set(key, [result]);
  }
  return [...groups.values()];
}
