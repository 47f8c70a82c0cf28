import { barChart } from '../../charts/bar-chart.ts';
import { heatMap } from '../../charts/heat-map.ts';
import { html, type Markup } from '../../page/html.ts';
import { type Group, groupMean, type Mean, meanPercent } from '../groups.ts';

// Of more groups a class's bars no longer stand close enough to be compared; of more classes one looks for the worst.
const mostBars = 4;
const mostInOrder = 20;

/** Accuracy on the test images by class, where the groups share their classes. */
export function perClass(groups: readonly Group[]): Markup {
  const tested = groups.filter((group) => group.runs.some((run) => run.test !== undefined));
  const classes = tested[0]?.runs[0].dataset.classes ?? [];
  const same = tested.every((group) =>
    group.runs.every((run) => run.dataset.classes.join('\n') === classes.join('\n')),
  );
  if (tested.length === 0 || !same) return html``;
  const means = classes.map((_, i) =>
    tested.map((group) => groupMean(group, (run) => run.test?.perClassAccuracy[i])),
  );
  return tested.length > mostBars
    ? asHeatMap(tested, classes, means)
    : asBars(tested, classes, means);
}

function asBars(
  groups: readonly Group[],
  classes: readonly string[],
  means: readonly (readonly (Mean | undefined)[])[],
): Markup {
  const categories = classes.map((name, i) => ({
    name,
    bars: (means[i] ?? []).map((mean) =>
      mean === undefined ? { value: undefined } : { value: mean.mean, text: meanPercent(mean, 1) },
    ),
  }));
  const first = (i: number): number => categories[i]?.bars[0]?.value ?? 2;
  const order = categories.map((_, i) => i);
  const sorted = classes.length > mostInOrder;
  if (sorted) order.sort((a, b) => first(a) - first(b));
  return barChart({
    title: 'Test accuracy by class',
    ...(sorted && {
      note: `From the class that ${groups.length > 1 ? groups[0]?.name : 'it'} recognises least.`,
    }),
    series: groups.map(({ name }) => name),
    colours: groups.map(({ colour }) => colour),
    categories: order.flatMap((i) => categories[i] ?? []),
    max: 1,
  });
}

function asHeatMap(
  groups: readonly Group[],
  classes: readonly string[],
  means: readonly (readonly (Mean | undefined)[])[],
): Markup {
  return heatMap({
    title: 'Test accuracy by class',
    note: 'In percent.',
    rowLabel: 'class',
    columnLabel: 'run',
    rows: classes,
    columns: groups.map(({ name }) => name),
    values: means.map((row) => row.map((mean) => mean?.mean ?? null)),
    max: 1,
    format: (value) => (value * 100).toFixed(0),
  });
}
