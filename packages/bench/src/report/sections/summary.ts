import { barChart } from '../../charts/bar-chart.ts';
import { colourClass } from '../../charts/axis.ts';
import { count, millions, percent, seconds } from '../../page/format.ts';
import { html, type Markup } from '../../page/html.ts';
import { type Group, groupMean, meanPercent } from '../groups.ts';
import type { Published } from '../published.ts';
import type { ReportRun } from '../report-run.ts';

/** A card a group: what it reached and what it costs. */
export function cards(groups: readonly Group[], published: readonly Published[]): Markup {
  const items = groups.map((group) => {
    const figures = facts(
      group,
      published.filter(({ beside }) => beside === group.name),
    );
    return html`<li class="card ${colourClass(group.colour)}"><h2>${group.name}</h2>
${headline(group)}<dl>${figures.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></li>
`;
  });
  return html`<ul class="cards">${items}</ul>`;
}

function headline(group: Group): Markup {
  const test = groupMean(group, (run) => run.test?.accuracy);
  const found = test ?? groupMean(group, (run) => run.best?.validationAccuracy);
  if (found === undefined) return html`<p class="big">–</p><p class="quiet">no accuracy yet</p>`;
  const [whole, deviation] = meanPercent(found).split(' ± ');
  const what = test === undefined ? 'validation accuracy' : 'test accuracy';
  return html`<p class="big">${whole ?? ''}${deviation === undefined ? '' : html` <small>± ${deviation}</small>`}</p><p class="quiet">${what}, n = ${found.n}</p>`;
}

function facts(group: Group, published: readonly Published[]): [string, string][] {
  const [first] = group.runs;
  const time = groupMean(group, (run) => run.seconds);
  const top5 = groupMean(group, (run) => run.test?.top5);
  const ece = groupMean(group, (run) => run.test?.ece);
  const agreement = groupMean(group, agreementOf);
  const unusual = group.runs.filter((run) => run.status !== 'finished').map((run) => run.status);
  return [
    ['Parameters', count(paramsOf(first))],
    ...(first.macs === undefined ? [] : [['MACs', millions(first.macs)] as [string, string]]),
    ...(time === undefined ? [] : [['Training time', seconds(time.mean)] as [string, string]]),
    ...(top5 === undefined ? [] : [['Top 5', meanPercent(top5)] as [string, string]]),
    ...(ece === undefined ? [] : [['Calibration error', meanPercent(ece)] as [string, string]]),
    ...(agreement === undefined
      ? []
      : [['Agrees with teacher', meanPercent(agreement)] as [string, string]]),
    ...published.map(({ label, testAccuracy }): [string, string] => [label, percent(testAccuracy)]),
    ...(unusual.length === 0
      ? []
      : [['Status', [...new Set(unusual)].join(', ')] as [string, string]]),
  ];
}

/** Parameters of a run's network. */
export function paramsOf(run: ReportRun): number {
  return run.params ?? run.model.trainableParameters;
}

/** How often a distilled student guesses what its teacher does; undefined of a run without a teacher. */
function agreementOf({ summary = [] }: ReportRun): number | undefined {
  return summary.map((row) => row.agreement).findLast((value) => typeof value === 'number');
}

/** Bars of how often students guess what their teachers do. */
export function agreementBars(groups: readonly Group[]): Markup {
  const found = groups.flatMap((group) => {
    const mean = groupMean(group, agreementOf);
    return mean === undefined
      ? []
      : [{ name: group.name, bars: [{ value: mean.mean, text: meanPercent(mean) }] }];
  });
  if (found.length === 0) return html``;
  return barChart({
    title: 'Agreement of student and teacher',
    note: 'Share of the test images of which both guess the same class.',
    series: ['agreement'],
    categories: found,
    max: 1,
  });
}
