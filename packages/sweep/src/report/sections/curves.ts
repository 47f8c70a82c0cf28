import { type Axis, html, lineChart, type Markup, type Point, type Series } from '@mnet/bench';
import { metricAxis } from '../metric-axis.ts';
import { metricWords, valueAt } from '../metric.ts';
import type { StudySetting, StudyStage } from '../stages.ts';
import type { StudyRecord } from '../study-record.ts';
import { withBand } from '../with-band.ts';
import { capital } from '../words.ts';

const epochAxis: Axis = { label: 'epoch', whole: true };
// As many as there are colours; of more settings the best of them, before the others.
const mostNamed = 8;
const namedOfMany = 6;

/** The metric by epoch: a line a setting, with a band over its seeds. */
export function curves(study: StudyRecord, { settings, name, search }: StudyStage): Markup {
  const { metric } = study;
  const lines = settings.flatMap((setting) => {
    const points = pointsOf(setting, study);
    return points.length === 0 ? [] : [{ setting, points }];
  });
  if (lines.length === 0) return html``;
  const named = lines.length > mostNamed ? namedOfMany : mostNamed;
  const series = lines.map(
    ({ setting, points }, i): Series => ({
      name: setting.name,
      colour: i % mostNamed,
      points,
      faint: i >= named,
      ...(setting.runs.some(({ record }) => record?.status === 'diverged') && {
        ended: 'diverged',
      }),
    }),
  );
  const words = metricWords(metric);
  const title = `${capital(words.name)} by epoch${name === '' ? '' : `, ${name}`}`;
  return lineChart({
    title,
    note: noteOf(
      lines.map(({ setting }) => setting),
      lines.length > mostNamed,
      search !== undefined,
    ),
    x: epochAxis,
    y: metricAxis(
      metric,
      series.flatMap(({ points }) => points.map(({ y }) => y)),
    ),
    series,
  });
}

function noteOf(settings: readonly StudySetting[], many: boolean, isSearch: boolean): string {
  const seeds = Math.max(...settings.map(({ runs }) => runs.length));
  const parts: string[] = [];
  if (many) {
    parts.push(
      `The ${namedOfMany} best in colour, the other ${settings.length - namedOfMany} pale.`,
    );
  }
  if (seeds === 2)
    parts.push('Lines are means over two seeds, bands go from the lower to the higher.');
  if (seeds > 2) {
    parts.push(
      'Lines are means over the seeds, bands one sample standard deviation; of two seeds from the lower to the higher.',
    );
  }
  if (isSearch && settings.some(({ runs: [run] }) => run.state === 'paused')) {
    parts.push('A line ends where the search left its trial.');
  }
  return parts.join(' ') || 'One run a line.';
}

/** At each epoch the mean over the runs that have it. */
function pointsOf({ runs }: StudySetting, { metric }: StudyRecord): Point[] {
  const at = new Map<number, number[]>();
  for (const { record } of runs) {
    for (const epoch of record?.epochs ?? []) {
      const value = valueAt(epoch, metric);
      if (value !== undefined) at.set(epoch.epoch, [...(at.get(epoch.epoch) ?? []), value]);
    }
  }
  return [...at].toSorted(([a], [b]) => a - b).map(([x, values]) => ({ x, ...withBand(values) }));
}
