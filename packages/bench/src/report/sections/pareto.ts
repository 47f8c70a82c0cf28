import { type Mark, scatterChart } from '../../charts/scatter-chart.ts';
import { shortPercent } from '../../page/format.ts';
import { html, type Markup } from '../../page/html.ts';
import { sideBySide } from '../../page/page.ts';
import { type Group, groupMean } from '../groups.ts';
import type { Published } from '../published.ts';
import type { ReportRun } from '../report-run.ts';
import { paramsOf } from './summary.ts';

/** Accuracy against what it costs, where the networks differ in cost. */
export function pareto(groups: readonly Group[], published: readonly Published[]): Markup {
  return sideBySide([
    chart(
      'multiply-adds',
      'MACs',
      groups,
      published,
      (run) => run.macs,
      ({ macs }) => macs,
    ),
    chart('parameters', 'parameters', groups, published, paramsOf, ({ params }) => params),
  ]);
}

function chart(
  words: string,
  label: string,
  groups: readonly Group[],
  published: readonly Published[],
  ours: (run: ReportRun) => number | undefined,
  theirs: (figure: Published) => number | undefined,
): Markup {
  const own = groups.flatMap((group): Mark[] => {
    const accuracy = groupMean(group, (run) => run.test?.accuracy);
    const x = ours(group.runs[0]);
    if (accuracy === undefined || x === undefined) return [];
    const { mean, std, n } = accuracy;
    const band = n > 1 ? { low: mean - std, high: mean + std } : {};
    return [{ name: group.name, colour: group.colour, x, y: mean, ...band }];
  });
  const others = published.flatMap((figure): Mark[] => {
    const group = groups.find(({ name }) => name === figure.beside);
    const x = theirs(figure) ?? (group && ours(group.runs[0]));
    if (x === undefined) return [];
    const name = figure.beside === undefined ? figure.label : `${figure.beside}, ${figure.label}`;
    return [{ name, colour: group?.colour ?? 7, x, y: figure.testAccuracy, hollow: true }];
  });
  const marks = [...own, ...others];
  if (own.length === 0 || new Set(marks.map(({ x }) => x)).size < 2) return html``;
  return scatterChart({
    title: `Test accuracy against ${words}`,
    note:
      `${own.length > 1 ? 'The dashed line is the front: nothing here with less reaches more.' : ''}${others.length > 0 ? ' Rings are published figures.' : ''}`.trim() ||
      'One of ours.',
    x: { label, log: true },
    y: { label: 'test accuracy', format: shortPercent },
    marks,
    front: own.length > 1,
  });
}
