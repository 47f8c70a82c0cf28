import { html, lineChart, type Markup, type Point, type Series, table } from '@mnet/bench';
import { metricAxis } from '../metric-axis.ts';
import { isBetter, metricWords, spreadText } from '../metric.ts';
import { epochsOf } from '../results.ts';
import { reachedBy, spreadOf, type StudyStage } from '../stages.ts';
import { metricAt } from '../../search/metric-of.ts';
import type { StudyRecord, StudyRun } from '../study-record.ts';
import { capital } from '../words.ts';

/** What each trial of a search reached, and the best so far. */
export function progress(study: StudyRecord, { name }: StudyStage): Markup {
  const { metric, runs } = study;
  const trials = runs
    .filter(({ stage }) => stage === name)
    .map((run, x) => ({ run, x, y: reachedBy(run, metric) }));
  const points = (of: (run: StudyRun) => boolean): Point[] =>
    trials.flatMap(({ run, x, y }) => (y !== undefined && of(run) ? [{ x, y }] : []));
  const best: Point[] = [];
  for (const { x, y } of trials) {
    const last = best.at(-1);
    if (y === undefined) continue;
    if (last === undefined || isBetter(y, last.y, metric)) best.push({ x, y });
  }
  const last = best.at(-1);
  if (last === undefined) return html``;
  const end = trials.length - 1;
  const series: Series[] = [
    {
      name: 'best so far',
      colour: 1,
      join: 'steps',
      points: end > last.x ? [...best, { x: end, y: last.y }] : best,
    },
    {
      name: 'complete',
      colour: 0,
      join: 'none',
      points: points(({ state }) => state === 'complete'),
    },
    { name: 'paused', colour: 7, join: 'none', points: points(({ state }) => state === 'paused') },
  ];
  const words = metricWords(metric).name;
  return lineChart({
    title: `${capital(words)} by trial${name === '' ? '' : `, ${name}`}`,
    note: 'In the order in which the trials were begun, from 0.',
    x: { label: 'trial', whole: true },
    y: metricAxis(
      metric,
      trials.flatMap(({ y }) => y ?? []),
    ),
    series: series.filter(({ points: own }) => own.length > 0),
  });
}

/** How many trials came to each of a search's rungs, and how many went on. */
export function rungs(study: StudyRecord, { name, settings, search }: StudyStage): Markup {
  const { metric } = study;
  const runs = settings.flatMap((each) => each.runs);
  const decided = search?.rungs ?? rungsSeen(runs);
  if (decided.length === 0) return html``;
  const end = Math.max(...runs.map(({ record }) => Number(record?.options.epochs ?? 0)));
  const came = runs.some((run) => epochsOf(run) === end);
  const epochs = [...new Set([...decided, ...(came ? [end] : [])])];
  const words = metricWords(metric);
  const rows = epochs.map((epoch) => {
    const reached = runs.filter((run) => (epochsOf(run) ?? 0) >= epoch);
    const values = reached.flatMap(
      ({ record }) => (record && metricAt(record, metric, epoch)) ?? [],
    );
    const spread = spreadOf(values);
    const best = values.reduce((a, b) => (isBetter(b, a, metric) ? b : a), values[0] ?? Number.NaN);
    const further = reached.filter((run) => (epochsOf(run) ?? 0) > epoch).length;
    return [
      String(epoch),
      String(reached.length),
      epoch === end ? '–' : String(further),
      spread === undefined ? '–' : words.format(best),
      spread === undefined ? '–' : spreadText(spread, words),
    ];
  });
  const caption = `Rungs${name === '' ? '' : ` of ${name}`}`;
  return html`<h3>${caption}</h3>
<p class="quiet">After these epochs the search decides which trials go on. The ${words.name} is that of the epoch.</p>
${table(caption, ['epoch', 'trials that came to it', 'went on', `best ${words.name}`, 'mean'], rows)}`;
}

/** Where paused trials were left. */
function rungsSeen(runs: readonly StudyRun[]): number[] {
  const paused = runs.flatMap((run) => (run.state === 'paused' ? (epochsOf(run) ?? []) : []));
  return [...new Set(paused)].toSorted((a, b) => a - b);
}
