import { barChart, html, type Markup } from '@mnet/bench';
import { metricAt } from '../../search/metric-of.ts';
import { factorsOf } from '../factors.ts';
import { importanceOf } from '../importance/importance.ts';
import type { Importance, Outcome, Share } from '../importance/shares.ts';
import { metricWords } from '../metric.ts';
import { counts, type StudyStage } from '../stages.ts';
import type { StudyRecord } from '../study-record.ts';
import { decimals, several } from '../words.ts';

const fewSettings = 10;
const leastOfPair = 0.01;

/** How much of what the settings reached comes with each key. */
export function mattered(study: StudyRecord, stage: StudyStage): Markup {
  const { settings, name } = stage;
  if (stage.factors.length === 0) return html``;
  const { outcomes, epoch } = outcomesOf(study, stage);
  // Of what has no result nothing is known: a grid without a value that failed everywhere is a whole one.
  const found = importanceOf(outcomes, factorsOf(outcomes));
  const words = metricWords(study.metric).name;
  const heading = name === '' ? html`` : html`<h3>${name}</h3>`;
  const left = settings.length - outcomes.length;
  const leftOut = left > 0 ? ` Left out: ${several(left, 'setting')} that reached nothing.` : '';
  const when =
    epoch === undefined
      ? ''
      : ` Taken is the ${words} after epoch ${epoch}, which all trials have reached.`;
  if (typeof found === 'string') {
    return html`${heading}<p class="quiet">${found}${when}${leftOut}</p>`;
  }
  return html`${heading}<p>${methodOf(found, words)}${when}${leftOut}</p>
${found.settings < fewSettings ? html`<p><strong>With ${found.settings} settings this is no more than a hint.</strong></p>` : ''}
${bars(found, words)}`;
}

function methodOf({ method, settings, unseen, seeds, shares }: Importance, words: string): string {
  if (method === 'forest') {
    return `Shares of the variance of the ${words} (fANOVA over a forest of 64 regression trees, of ${settings} settings), with their standard deviation over the trees. Settings that its trees have not seen are predicted with R² ${decimals(unseen ?? 0)}; the nearer that is to 1, the surer are the shares.`;
  }
  const chance = shares.some((share) => share.chance !== undefined)
    ? ' A key that does nothing would still be given about the share called chance.'
    : ' How much of it comes by chance cannot be told.';
  return `Shares of the variance of the ${words}${seeds === undefined ? '' : ' over all runs'}, exact for this whole grid of ${settings} settings.${chance}`;
}

function bars({ shares, rest, seeds, method }: Importance, words: string): Markup {
  const single = shares.filter(({ keys }) => keys.length === 1);
  const pairs = shares.filter(({ keys }) => keys.length === 2);
  const shown = pairs.filter(({ share }) => share >= leastOfPair);
  const others = pairs.filter((pair) => !shown.includes(pair));
  const whole = (name: string, share: number): Row => ({ name, share });
  const rows: Row[] = [
    ...single.map((share) => rowOf(share)),
    ...shown.map((share) => rowOf(share)),
    ...(others.length > 0
      ? [
          whole(
            shown.length > 0 ? 'other pairs' : 'pairs',
            others.reduce((sum, { share }) => sum + share, 0),
          ),
        ]
      : []),
    ...(single.length > 2
      ? [
          whole(
            method === 'grid' && seeds === undefined
              ? 'three and more together, and chance'
              : 'three and more together',
            rest,
          ),
        ]
      : []),
    ...(seeds === undefined ? [] : [whole('seed alone', seeds)]),
  ];
  const chance = rows.some((row) => row.chance !== undefined);
  return barChart({
    title: `What mattered for the ${words}`,
    note: 'A pair has what its keys explain together beyond what each does alone.',
    series: chance ? ['share', 'chance'] : ['share'],
    colours: [0, 7],
    categories: rows.map((row) => ({
      name: row.name,
      bars: [
        { value: row.share, text: textOf(row) },
        ...(chance ? [{ value: row.chance ?? null }] : []),
      ],
    })),
    max: 1,
    format: percentText,
  });
}

interface Row {
  readonly name: string;
  readonly share: number;
  readonly chance?: number;
  readonly spread?: number;
}

function rowOf({ keys, ...share }: Share): Row {
  return { name: keys.join(' × '), ...share };
}

function textOf({ share, spread }: Row): string {
  if (spread === undefined) return percentText(share);
  return `${percentText(share).slice(0, -1)} ± ${percentText(spread)}`;
}

function percentText(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;
}

/** What is compared: of trials that a search has left at different epochs, what each had reached at the first of these. */
function outcomesOf(
  { metric }: StudyRecord,
  { settings }: StudyStage,
): { readonly outcomes: Outcome[]; readonly epoch?: number } {
  const runs = settings.flatMap((each) => each.runs).filter(counts);
  const known = settings.filter(({ reached }) => reached.length > 0);
  if (!runs.some(({ state }) => state === 'paused')) return { outcomes: known };
  const epoch = Math.min(...runs.map(({ record }) => record?.epochs.at(-1)?.epoch ?? 0));
  const outcomes = known.flatMap((setting): Outcome[] => {
    const { record } = setting.runs[0];
    const value = record && metricAt(record, metric, epoch);
    return value === undefined ? [] : [{ values: setting.values, reached: [value] }];
  });
  return { outcomes, epoch };
}
