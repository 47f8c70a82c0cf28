import { html, lineChart, type Markup, type Point, type Series, table } from '@mnet/bench';
import { metricAxis } from '../metric-axis.ts';
import { isBetter, metricWords, reachedBy, spreadText, valueAt } from '../metric.ts';
import { epochsOf } from '../results.ts';
import { counts, spreadOf, type StudyStage } from '../stages.ts';
import type { StudyRecord, StudyRun } from '../study-record.ts';
import { capital } from '../words.ts';

/** What each trial of a search reached, and the best so far. */
export function progress(study: StudyRecord, { name }: StudyStage): Markup {
  const { metric, runs } = study;
  const trials = runs
    .filter(({ stage }) => stage === name)
    .map((run, x) => ({ run, x, y: counts(run) ? reachedBy(run.record, metric) : undefined }));
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
export function rungs(study: StudyRecord, { name, settings }: StudyStage): Markup {
  const { metric, search } = study;
  const runs = settings.flatMap((each) => each.runs);
  const epochs = search?.rungs ?? rungsSeen(runs);
  if (epochs.length < 2) return html``;
  const words = metricWords(metric);
  const rows = epochs.map((epoch, i) => {
    const reached = runs.filter((run) => (epochsOf(run) ?? 0) >= epoch);
    const values = reached.flatMap(({ record }) => {
      const found = record?.epochs.find((each) => each.epoch === epoch);
      return (found && valueAt(found, metric)) ?? [];
    });
    const spread = spreadOf(values);
    const best = values.reduce((a, b) => (isBetter(b, a, metric) ? b : a), values[0] ?? Number.NaN);
    const further = reached.filter((run) => (epochsOf(run) ?? 0) > epoch).length;
    return [
      String(epoch),
      String(reached.length),
      i === epochs.length - 1 ? '–' : String(further),
      spread === undefined ? '–' : words.format(best),
      spread === undefined ? '–' : spreadText(spread, words),
    ];
  });
  const caption = `Rungs${name === '' ? '' : ` of ${name}`}`;
  return html`<h3>${caption}</h3>
<p class="quiet">After these epochs the search decides which trials go on. The ${words.name} is that of the epoch.</p>
${table(caption, ['epoch', 'trials that came to it', 'went on', `best ${words.name}`, 'mean'], rows)}`;
}

/** Where paused trials were left, and where the longest came to. */
function rungsSeen(runs: readonly StudyRun[]): number[] {
  const paused = runs.flatMap((run) => (run.state === 'paused' ? (epochsOf(run) ?? []) : []));
  if (paused.length === 0) return [];
  const longest = Math.max(...runs.map((run) => epochsOf(run) ?? 0));
  return [...new Set([...paused, longest])].toSorted((a, b) => a - b);
}
