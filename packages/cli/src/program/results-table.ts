import type { ReportRun } from '@mnet/bench';
import { textTable } from '@mnet/bench/results';
import { percent } from './percent.ts';

/** What each run cost and reached. */
export function resultsTable(runs: readonly ReportRun[]): string {
  const rows = runs.map(({ name, model, macs, test, seconds }) => [
    name,
    model.trainableParameters.toLocaleString('en'),
    macs === undefined ? '–' : `${(macs / 1e6).toFixed(1)} M`,
    percent(test?.accuracy),
    seconds.toFixed(1),
  ]);
  return textTable([['', 'params', 'MACs', 'test accuracy', 'seconds'], ...rows]);
}
