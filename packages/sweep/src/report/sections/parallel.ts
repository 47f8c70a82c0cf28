import { html, type Markup, parallelCoordinates, type ParallelAxis } from '@mnet/bench';
import type { Factor } from '../factors.ts';
import { metricAxis } from '../metric-axis.ts';
import { metricWords } from '../metric.ts';
import { reachedBy, type StudyStage } from '../stages.ts';
import type { StudyRecord } from '../study-record.ts';
import { valueText } from '../value-text.ts';
import { capital } from '../words.ts';

// Values that come again and again were chosen, and are marked as they are; of those that were drawn, round ones.
const mostMarked = 10;

/** A line a run, across the keys in which the settings differ to what it reached. */
export function parallel({ metric }: StudyRecord, { factors, settings, name }: StudyStage): Markup {
  const runs = settings.flatMap((setting) =>
    setting.runs.map((run) => ({
      run,
      reached: reachedBy(run, metric),
    })),
  );
  const reached = runs.flatMap((each) => each.reached ?? []);
  if (factors.length < 2 || reached.length < 2) return html``;
  const words = metricWords(metric);
  const without = runs.length - reached.length;
  const notes = [
    `One line a run, the better the ${metric.goal === 'max' ? 'higher' : 'lower'} it ends and the stronger its colour.`,
    ...(runs.some(({ run }) => run.state === 'paused')
      ? ['Trials that are paused end at what they had reached when the search left them.']
      : []),
    ...(without > 0
      ? [`Those that have reached nothing (${without}) are pale and end before the last axis.`]
      : []),
  ];
  return parallelCoordinates({
    title: `${capital(words.name)} by all that was varied${name === '' ? '' : `, ${name}`}`,
    note: notes.join(' '),
    axes: [...factors.map((factor) => axisOf(factor, runs.length)), metricAxis(metric, reached)],
    lines: runs.map(({ run, reached: value }) => ({
      name: run.id,
      values: [
        ...factors.map(({ key, kind }) =>
          kind === 'numbers' ? Number(run.values[key]) : valueText(run.values[key]),
        ),
        value ?? null,
      ],
    })),
    strong: metric.goal === 'max' ? 'high' : 'low',
  });
}

function axisOf({ key, kind, levels, log }: Factor, runs: number): ParallelAxis {
  if (kind === 'words') return { label: key, categories: [...new Set(levels.map(valueText))] };
  return {
    label: key,
    log,
    ...(levels.length <= Math.min(mostMarked, runs / 2) && {
      marks: levels.map(Number),
      format: valueText,
    }),
  };
}
