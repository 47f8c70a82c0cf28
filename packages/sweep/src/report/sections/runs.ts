import { type Cell, count, folded, type Markup, seconds, table } from '@mnet/bench';
import { metricWords } from '../metric.ts';
import { reachedBy } from '../stages.ts';
import { epochsOf } from '../results.ts';
import type { StudyRecord, StudyRun } from '../study-record.ts';
import { link } from './link.ts';

const mostAtOnce = 30;

/** One row a run, in the study's order, with what it wrote. */
export function runsTable({ runs, metric }: StudyRecord): Markup {
  const words = metricWords(metric);
  const seeded = runs.some(({ seed }) => seed !== undefined);
  const reported = runs.some(({ report }) => report !== undefined);
  const logged = runs.some(({ log }) => log !== undefined);
  const header = [
    'run',
    ...(seeded ? ['seed'] : []),
    'state',
    'epochs',
    words.name,
    'time',
    ...(reported ? ['report'] : []),
    ...(logged ? ['log'] : []),
  ];
  const rows = runs.map((run): Cell[] => {
    const reached = reachedBy(run, metric);
    return [
      run.id,
      ...(seeded ? [String(run.seed ?? '–')] : []),
      run.state,
      String(epochsOf(run) ?? '–'),
      reached === undefined ? '–' : words.format(reached),
      run.record ? seconds(run.record.seconds) : '–',
      ...(reported ? [linked(run.report, 'report')] : []),
      ...(logged ? [linked(run.log, 'log')] : []),
    ];
  });
  const shown = table('Runs', header, rows);
  return runs.length > mostAtOnce ? folded(`All ${count(runs.length)} runs`, shown) : shown;
}

function linked(path: StudyRun['log'], words: string): Cell {
  return path === undefined ? '–' : link(path, words);
}
