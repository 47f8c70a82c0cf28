import { heatMap } from '../../charts/heat-map.ts';
import { compact, shortPercent } from '../../page/format.ts';
import { html, type Markup } from '../../page/html.ts';
import { folded, sideBySide } from '../../page/page.ts';
import { table } from '../../page/table.ts';
import type { Group } from '../groups.ts';

const mostSideBySide = 2;
const mostSmallClasses = 24;
const mostPairs = 10;

/** Who was taken for whom: a picture and the most frequent pairs, of each group. */
export function confusions(groups: readonly Group[]): Markup {
  const drawn = groups.flatMap((group) => {
    const counts = meanCounts(group);
    return counts === undefined ? [] : [{ group, counts }];
  });
  if (drawn.length === 0) return html``;
  const small = drawn.every(({ counts }) => counts.length <= mostSmallClasses);
  const parts = drawn.map(({ group, counts }) => ({
    name: group.name,
    matrix: picture(group, counts, groups.length > 1),
    mistaken: html`<div>${pairs(group, counts)}</div>`,
  }));
  if (small && parts.length === mostSideBySide) {
    return sideBySide(parts.map(({ matrix, mistaken }) => html`<div>${matrix}${mistaken}</div>`));
  }
  const [first, ...others] = parts.map(({ name, matrix, mistaken }) => ({
    name,
    drawing: small ? sideBySide([matrix, mistaken]) : html`${matrix}${mistaken}`,
  }));
  return html`${first?.drawing ?? ''}${others.map(({ name, drawing }) => folded(`Confusion matrix of ${name}`, drawing))}`;
}

/** Counts by [label][guess], the mean over the runs that noted them; undefined where none did. */
function meanCounts({ runs: [first, ...others] }: Group): number[][] | undefined {
  const classes = first.dataset.classes.length;
  const found = [first, ...others].flatMap(({ details }) =>
    details !== undefined && details.confusion.length === classes ? [details.confusion] : [],
  );
  if (found.length === 0) return undefined;
  return Array.from({ length: classes }, (_, i) =>
    Array.from(
      { length: classes },
      (__, j) => found.reduce((sum, counts) => sum + (counts[i]?.[j] ?? 0), 0) / found.length,
    ),
  );
}

function picture(group: Group, values: number[][], named: boolean): Markup {
  const { classes } = group.runs[0].dataset;
  const several = group.runs.length > 1;
  return heatMap({
    title: named ? `Confusion matrix, ${group.name}` : 'Confusion matrix',
    note: `Test images${several ? ', mean over the runs' : ''}: blue is recognised, orange is mistaken.`,
    rowLabel: 'label',
    columnLabel: 'guess',
    rows: classes,
    columns: classes,
    values,
    diagonal: true,
    format: (value) =>
      value < 10 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0),
  });
}

function pairs(group: Group, counts: number[][]): Markup {
  const { classes } = group.runs[0].dataset;
  const all = counts.flatMap((row, label) => {
    const images = row.reduce((sum, value) => sum + value, 0);
    return row.flatMap((value, guess) =>
      label === guess || value === 0 ? [] : [{ label, guess, value, share: value / images }],
    );
  });
  if (all.length === 0) return html`<p class="quiet">No test image was mistaken.</p>`;
  const rows = all
    .toSorted((a, b) => b.value - a.value)
    .slice(0, mostPairs)
    .map(({ label, guess, value, share }) => [
      classes[label] ?? '',
      classes[guess] ?? '',
      compact(value),
      shortPercent(+share.toFixed(3)),
    ]);
  const caption = `Most frequent mistakes of ${group.name}`;
  return html`<h3>Most frequent mistakes</h3>${table(caption, ['Label', 'Taken for', 'Images', 'Of the label'], rows)}`;
}
