import { lastingNames } from '../results/names.ts';
import { type Figure, figuresOf } from '../results/figures.ts';
import type { AnyResult } from '../results/any-result.ts';
import { machines } from './figures.ts';

/** One figure as github-action-benchmark takes it, with its tool `customSmallerIsBetter`. */
export interface ActionFigure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** How far it varies, such as `± 3.1%`. */
  readonly range?: string;
  /** Where it was taken. */
  readonly extra?: string;
}

/**
 * Results in the format of github-action-benchmark's `customSmallerIsBetter`: medians in milliseconds, bytes, counts, and of
 * accuracies the share that was wrong, in per cent. A name follows from its result alone.
 */
export function actionFigures(results: readonly AnyResult[]): ActionFigure[] {
  return results.flatMap((result) => {
    const extra = machines([result]).join('\n');
    return figuresOf(result).map((figure) => ({ ...shown(figure, result), extra }));
  });
}

function shown({ name, unit, value, std }: Figure, result: AnyResult): ActionFigure {
  if (unit === 'share') {
    const title = lastingNames.title(result);
    return { name: `${title}: error`, unit: '%', value: +((1 - value) * 100).toFixed(4) };
  }
  const range = std === undefined ? {} : { range: `± ${((std / value) * 100).toFixed(1)}%` };
  return { name, unit, value, ...range };
}
