import { count } from '../page/format.ts';
import { html, type Markup } from '../page/html.ts';
import { type PageOptions, section, sideBySide } from '../page/page.ts';
import { type Group, groupsOf } from './groups.ts';
import type { Published } from './published.ts';
import type { ReportRun } from './report-run.ts';
import { perClass } from './sections/classes.ts';
import { confusions } from './sections/confusion.ts';
import { curves, hasBands } from './sections/curves.ts';
import { mistakePictures } from './sections/mistakes.ts';
import { pareto } from './sections/pareto.ts';
import { reliability } from './sections/reliability.ts';
import { endings, epochTable, runsTable, summaryTable } from './sections/runs.ts';
import { configurations, environments } from './sections/settings.ts';
import { agreementBars, cards } from './sections/summary.ts';
import { epochTimes } from './sections/times.ts';

/** What the page of these runs shows. A part for which no run has the figures is left out. */
export function reportPage(
  runs: readonly ReportRun[],
  title: string,
  published: readonly Published[],
): PageOptions {
  const groups = groupsOf(runs);
  const main = [
    cards(groups, published),
    ...endings(runs),
    section('Curves', curvesNote(groups), curves(groups)),
    section('Accuracy and cost', pareto(groups, published)),
    section('Classes', perClass(groups)),
    section('Who is taken for whom', confusions(groups)),
    section('Most confident mistakes', mistakePictures(groups)),
    section(
      'Confidence, teacher, time',
      sideBySide([
        reliability(groups),
        html`<div>${agreementBars(groups)}${epochTimes(groups)}</div>`,
      ]),
    ),
    section('Runs', runsTable(runs), summaryTable(runs), ...runs.map(epochTable)),
    section('Configuration', configurations(runs)),
    section('Environment', ...environments(runs)),
  ];
  return { title, subtitle: subtitle(runs), main };
}

function subtitle(runs: readonly ReportRun[]): string {
  const data = runs.map(
    ({ dataset: d }) =>
      `${d.name}: ${count(d.train)} training, ${count(d.validation)} validation and ${count(d.test)} test images`,
  );
  const day = runs.at(-1)?.date.replace(/T(\d\d:\d\d).*/, ' $1 UTC') ?? '';
  return `${[...new Set(data)].join('; ')}. ${day}`;
}

function curvesNote(groups: readonly Group[]): Markup {
  const bands = hasBands(groups)
    ? ' Lines are means over the runs of a group, bands one standard deviation.'
    : '';
  return html`<p class="quiet">Losses in training are each run's own objective, which may hold a teacher's part; in validation all are cross-entropy.${bands}</p>`;
}
