import { count, html, type Markup, seconds } from '@mnet/bench';
import type { RunRecord } from '@mnet/train';
import { metricWords, spreadText } from '../metric.ts';
import { capital, several as plural } from '../words.ts';
import { spreadOf, type StudyStage } from '../stages.ts';
import type { StudyRecord, StudyRun } from '../study-record.ts';
import { valueText } from '../value-text.ts';

/** What a study is, in a line, and when. */
export function subtitle(study: StudyRecord, stages: readonly StudyStage[]): string {
  const parts = stages.map((stage) => {
    const words = kindOf(stage);
    return stages.length > 1 ? `${stage.name}: ${words}` : words;
  });
  const when =
    study.ended === undefined
      ? `started ${moment(study.started)}`
      : `${moment(study.started)} to ${moment(study.ended)}`;
  return capital(`${[...parts, when].join('; ')}.`);
}

function kindOf({ search, factors, settings }: StudyStage): string {
  if (search) {
    const { name, trials } = search;
    const begun = settings.length < trials ? `, ${count(settings.length)} begun` : '';
    return `search ${name} over ${factors.map(({ key }) => key).join(', ') || 'one setting'}: ${plural(trials, 'trial')}${begun}`;
  }
  const seeds = new Set(settings.map(({ runs }) => runs.length));
  const most = Math.max(...seeds);
  const times = most > 1 ? ` × ${seeds.size > 1 ? `up to ${most}` : most} seeds` : '';
  if (settings.length === 1) return `one setting${times}`;
  const combinations = factors.reduce((product, { levels }) => product * levels.length, 1);
  if (combinations !== settings.length) return `list of ${settings.length} settings${times}`;
  const sizes = factors.map(({ key, levels }) => `${levels.length} ${key}`).join(' × ');
  return `grid of ${factors.length > 1 ? `${sizes} = ` : ''}${settings.length} settings${times}`;
}

function moment(iso: string): string {
  return iso.replace(/T(\d\d:\d\d).*/, ' $1 UTC');
}

const states: readonly StudyRun['state'][] = [
  'complete',
  'paused',
  'running',
  'waiting',
  'stopped',
  'failed',
  'skipped',
];

/** Cards: the best of each stage, how many runs there are, the time, the machines. */
export function cards(study: StudyRecord, stages: readonly StudyStage[]): Markup {
  const { runs } = study;
  const records = runs.flatMap(({ record }) => record ?? []);
  const time = records.reduce((sum, record) => sum + record.seconds, 0);
  const complete = runs.filter(({ state }) => state === 'complete').length;
  const counted = states.flatMap((state): [string, string][] => {
    const n = runs.filter((run) => run.state === state).length;
    return n === 0 || state === 'complete' ? [] : [[state, count(n)]];
  });
  const longest = Math.max(0, ...records.map((record) => record.seconds));
  return html`<ul class="cards">${stages.map((stage) => bestCard(study, stage, stages.length > 1))}
${card('Runs', `${count(complete)} of ${count(runs.length)}`, 'complete', counted)}
${records.length === 0 ? '' : card('Time in training', seconds(time), 'over all runs', [['longest run', seconds(longest)]])}
${records.length === 0 ? '' : machineCard(records)}</ul>`;
}

function card(
  title: string,
  big: string,
  words: string,
  facts: readonly (readonly [string, string])[],
): Markup {
  const [whole = '', deviation] = big.split(' ± ');
  return html`<li class="card"><h2>${title}</h2>
<p class="big">${whole}${deviation === undefined ? '' : html` <small>± ${deviation}</small>`}</p><p class="quiet">${words}</p><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></li>`;
}

function bestCard({ metric }: StudyRecord, stage: StudyStage, named: boolean): Markup {
  const { best, factors, search, name } = stage;
  const words = metricWords(metric);
  const title = named ? `Best of ${name}` : 'Best';
  if (best?.spread === undefined) return card(title, '–', `no ${words.name} yet`, []);
  const tests = spreadOf(best.runs.flatMap(({ record }) => record?.test?.accuracy ?? []));
  const test = tests && spreadText(tests, metricWords({ name: 'validationAccuracy', goal: 'max' }));
  const { n } = best.spread;
  return card(title, spreadText(best.spread, words), `${words.name}${n > 1 ? `, n = ${n}` : ''}`, [
    ...(search ? [['trial', best.name] as const] : []),
    ...factors.map(({ key }) => [key, valueText(best.values[key])] as const),
    ...(test === undefined ? [] : [['test accuracy', test] as const]),
  ]);
}

function machineCard(records: readonly RunRecord[]): Markup {
  const environments = records.map(({ environment }) => environment);
  const several = (values: readonly (string | number | undefined)[]): string =>
    [...new Set(values.filter((value) => value !== undefined))].join(', ');
  const backends = environments.map(({ backend, runtime, kernelBuild }) =>
    [backend, ...(runtime === undefined ? [] : [runtime]), kernelBuild ?? ''].join(' ').trim(),
  );
  return html`<li class="card"><h2>Machine</h2>
<p>${several(environments.map(({ cpu, userAgent }) => cpu ?? userAgent))}</p><dl>${(
    [
      ['cores', several(environments.map(({ cores }) => cores))],
      ['threads', several(environments.map(({ threads }) => threads))],
      ['backend', several(backends)],
      ['Node.js', several(environments.map(({ node }) => node))],
    ] as const
  )
    .filter(([, value]) => value !== '')
    .map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></li>`;
}
