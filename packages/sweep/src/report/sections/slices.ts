import { type Axis, lineChart, type Markup, type Point, type Series } from '@mnet/bench';
import { type Factor, levelOf } from '../factors.ts';
import { grouped } from '../grouped.ts';
import { metricAxis } from '../metric-axis.ts';
import { metricWords } from '../metric.ts';
import type { StudySetting, StudyStage } from '../stages.ts';
import type { StudyRecord } from '../study-record.ts';
import { valueText } from '../value-text.ts';
import { withBand } from '../with-band.ts';
import { capital } from '../words.ts';

// Two values are a pair of rows of the table.
const fewestValues = 3;
const mostLines = 6;

/** The metric against each key of numbers: lines of a grid, points of a search or a list. */
export function slices(study: StudyRecord, stage: StudyStage): Markup[] {
  const known = stage.settings.filter(({ reached }) => reached.length > 0);
  const numeric = stage.factors.filter(
    ({ kind, levels }) => kind === 'numbers' && levels.length >= fewestValues,
  );
  if (known.length < 2) return [];
  return numeric.map((factor) => chart(study, stage, known, factor));
}

function chart(
  { metric }: StudyRecord,
  { factors, name, search }: StudyStage,
  settings: readonly StudySetting[],
  factor: Factor,
): Markup {
  const others = factors.filter((each) => each !== factor);
  const lines = grouped(settings, ({ values }) =>
    others.map(({ key }) => levelOf(values[key])).join('\n'),
  );
  // Where hardly two settings share the other keys' values there are no lines.
  const alone = search !== undefined || lines.size > settings.length / 2;
  const { series, note } = alone
    ? { series: pointsOf(settings, factor), note: 'One point a setting.' }
    : lines.size > mostLines
      ? { series: [marginal(settings, factor)], note: marginalNote(others) }
      : {
          series: [...lines.values()].map((own, i) => lineOf(own, others, factor, i)),
          note: bandNote(settings),
        };
  const x: Axis = { label: factor.key, log: factor.log };
  const words = capital(metricWords(metric).name);
  return lineChart({
    title: `${words} by ${factor.key}${name === '' ? '' : `, ${name}`}`,
    note,
    x,
    y: metricAxis(
      metric,
      series.flatMap(({ points }) => points.map(({ y }) => y)),
    ),
    series,
  });
}

function bandNote(settings: readonly StudySetting[]): string {
  const seeds = Math.max(...settings.map(({ reached }) => reached.length));
  if (seeds < 2) return 'One run a point.';
  if (seeds === 2) return 'Means over two seeds; bands go from the lower to the higher.';
  return 'Means over the seeds; bands are one sample standard deviation.';
}

function marginalNote(others: readonly Factor[]): string {
  return `Means over all values of ${others.map(({ key }) => key).join(', ')}; the band is one sample standard deviation of these.`;
}

function sorted(points: readonly Point[]): Point[] {
  return points.toSorted((a, b) => a.x - b.x);
}

function lineOf(
  settings: readonly StudySetting[],
  others: readonly Factor[],
  { key }: Factor,
  colour: number,
): Series {
  const values = settings[0]?.values ?? {};
  const words = others.map((each) => `${each.key} ${valueText(values[each.key])}`);
  return {
    name: words.join(', ') || 'all',
    colour,
    points: sorted(
      settings.map((each) => ({ x: Number(each.values[key]), ...withBand(each.reached) })),
    ),
  };
}

function marginal(settings: readonly StudySetting[], { key }: Factor): Series {
  const groups = grouped(settings, ({ values }) => Number(values[key]));
  return {
    name: 'mean',
    colour: 0,
    points: sorted(
      [...groups].map(([x, own]) => ({
        x,
        ...withBand(own.flatMap(({ spread }) => spread?.mean ?? [])),
      })),
    ),
  };
}

/** Those that a search has paused stand apart: they were trained for less long. */
function pointsOf(settings: readonly StudySetting[], { key }: Factor): Series[] {
  const points = (paused: boolean): Point[] =>
    sorted(
      settings.flatMap(({ values, spread, runs }) =>
        spread === undefined || runs.every(({ state }) => state === 'paused') !== paused
          ? []
          : [{ x: Number(values[key]), y: spread.mean }],
      ),
    );
  const series: Series[] = [
    { name: 'complete', colour: 0, join: 'none', points: points(false) },
    { name: 'paused', colour: 7, join: 'none', points: points(true) },
  ];
  return series.filter((each) => each.points.length > 0);
}
