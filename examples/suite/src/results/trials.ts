import { summarize } from '@mnet/bench';
import { meanPercent, resultGroups, type Results } from '@mnet/cli';

/** How 11-distillation-methods names trials: a method, and what it adds times a factor, `kd-x0.3`; without one, `kd`, it is 1. */
const trial = /^(?<method>.+?)(?:-x(?<factor>[\d.]+))?$/;

/** The method of a trial. */
export const methodOf = (name: string): string => trial.exec(name)?.groups?.['method'] ?? name;

/** All trials: their results, and what has none. */
type Trials = Pick<Results, 'results' | 'diverged'>;

/** What trials of one method have come to. */
interface Tried {
  readonly method: string;
  /** The means of the best validation accuracy, from 0 to 1, by factor; undefined of what diverged. */
  readonly accuracies: ReadonlyMap<number, number | undefined>;
  /** The factor of the highest of them; of several, the one nearest to 1. */
  readonly best: number;
}

/** What was tried of each method that has more than one factor, and at one of them a result. */
function triedOf({ results, diverged = [] }: Trials): Tried[] {
  const arms = new Map<string, number | undefined>();
  for (const group of resultGroups(results)) {
    const shares = group.flatMap(({ validationAccuracy }) => validationAccuracy ?? []);
    if (shares.length > 0) arms.set(group[0].arm, summarize(shares).mean);
  }
  for (const { arm } of diverged) arms.set(arm, undefined);
  const methods = new Map<string, Map<number, number | undefined>>();
  for (const [arm, accuracy] of arms) {
    const { method = '', factor = 1 } = trial.exec(arm)?.groups ?? {};
    const of = methods.get(method) ?? new Map<number, number | undefined>();
    methods.set(method, of.set(Number(factor), accuracy));
  }
  return [...methods].flatMap(([method, accuracies]) => {
    if (accuracies.size < 2) return [];
    const far = (factor: number): number => Math.abs(Math.log(factor));
    const whole = [...accuracies].flatMap(([factor, accuracy]) =>
      accuracy === undefined ? [] : [{ factor, accuracy }],
    );
    const [best] = whole.toSorted(
      (x, y) => y.accuracy - x.accuracy || far(x.factor) - far(y.factor),
    );
    return best ? [{ method, accuracies, best: best.factor }] : [];
  });
}

/**
 * What a comparison trains beside the methods' own settings: each method whose best trial was another, with its factor, as
 * `kd-x3`.
 */
export function tunedArms(trials: Trials): string[] {
  return triedOf(trials).flatMap(({ method, best }) => (best === 1 ? [] : [`${method}-x${best}`]));
}

/** A table of trials, its header first: a line a method, a column a factor, and which of them is the best. */
export function trialsTable(trials: Trials): string[][] {
  const tried = triedOf(trials);
  const factors = [...new Set(tried.flatMap(({ accuracies }) => [...accuracies.keys()]))];
  factors.sort((a, b) => a - b);
  return [
    ['validation', ...factors.map((factor) => `× ${factor}`), 'best'],
    ...tried.map(({ method, accuracies, best }) => [
      method,
      ...factors.map((factor) => {
        if (!accuracies.has(factor)) return '–';
        const accuracy = accuracies.get(factor);
        return (accuracy !== undefined && meanPercent([accuracy])) || 'diverged';
      }),
      `× ${best}`,
    ]),
  ];
}
