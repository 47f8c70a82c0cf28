import { summarize } from '@mnet/bench';
import { type ArmResult, meanPercent, resultGroups } from '@mnet/cli';

/** How 11-distillation-methods names trials: a method, and what it adds times a factor, `kd-x0.3`; without one, `kd`, it is 1. */
const trial = /^(?<method>.+?)(?:-x(?<factor>[\d.]+))?$/;

/** What trials of one method have come to. */
interface Tried {
  readonly method: string;
  /** The means of the best validation accuracy, from 0 to 1, by factor. */
  readonly accuracies: ReadonlyMap<number, number>;
  /** The factor of the highest of them; of several, the one nearest to 1. */
  readonly best: number;
}

/** What was tried of each method that has more than one factor. */
function triedOf(results: readonly ArmResult[]): Tried[] {
  const methods = new Map<string, Map<number, number>>();
  for (const group of resultGroups(results)) {
    const { method = '', factor = 1 } = trial.exec(group[0].arm)?.groups ?? {};
    const shares = group.flatMap(({ validationAccuracy }) => validationAccuracy ?? []);
    if (shares.length === 0) continue;
    const of = methods.get(method) ?? new Map<number, number>();
    of.set(Number(factor), summarize(shares).mean);
    methods.set(method, of);
  }
  return [...methods].flatMap(([method, accuracies]) => {
    if (accuracies.size < 2) return [];
    const far = (factor: number): number => Math.abs(Math.log(factor));
    const [[best] = [1]] = [...accuracies].toSorted(
      ([f, accuracy], [g, other]) => other - accuracy || far(f) - far(g),
    );
    return [{ method, accuracies, best }];
  });
}

/**
 * What a comparison trains beside the methods' own settings: each method whose best trial was another, with its factor, as
 * `kd-x3`.
 */
export function tunedArms(results: readonly ArmResult[]): string[] {
  return triedOf(results).flatMap(({ method, best }) => (best === 1 ? [] : [`${method}-x${best}`]));
}

/** A table of trials, its header first: a line a method, a column a factor, and which of them is the best. */
export function trialsTable(results: readonly ArmResult[]): string[][] {
  const tried = triedOf(results);
  const factors = [...new Set(tried.flatMap(({ accuracies }) => [...accuracies.keys()]))];
  factors.sort((a, b) => a - b);
  return [
    ['validation', ...factors.map((factor) => `× ${factor}`), 'best'],
    ...tried.map(({ method, accuracies, best }) => [
      method,
      ...factors.map((factor) => {
        const accuracy = accuracies.get(factor);
        return (accuracy !== undefined && meanPercent([accuracy])) || '–';
      }),
      `× ${best}`,
    ]),
  ];
}
