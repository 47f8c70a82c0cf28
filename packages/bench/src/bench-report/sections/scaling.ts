import { lineChart, type Series } from '../../charts/line-chart.ts';
import type { NetworkName } from '../names.ts';
import { counted, placeOf } from '../../results/names.ts';
import type { BenchResult } from '../../measure/result.ts';
import type { Markup } from '../../page/html.ts';
import { several } from '../../results/several.ts';
import { waysOf } from '../../results/ways.ts';

/** Images a second by batch and by threads, where there are several of either. */
export function scaling(results: readonly BenchResult[], nameOf: NetworkName): Markup[] {
  return (['infer', 'train'] as const).flatMap((mode) => {
    const rows = results.filter((each) => each.mode === mode);
    const words = mode === 'train' ? 'training' : 'inference';
    return [
      ...chart(
        `Images a second by batch, ${words}`,
        { label: 'batch', log: true },
        rows,
        nameOf,
        ({ batch }) => batch,
        ({ threads }) => threads,
        (threads) => (threads === null ? '' : counted(threads, 'thread')),
      ),
      ...chart(
        `Images a second by threads, ${words}`,
        { label: 'threads', whole: true },
        rows,
        nameOf,
        ({ threads }) => threads,
        ({ batch }) => batch,
        (batch) => `batch ${batch}`,
      ),
    ];
  });
}

/**
 * @param along what the lines go along
 * @param apart what makes different lines, named by `words` where there are several
 */
function chart(
  title: string,
  x: { readonly label: string; readonly log?: boolean; readonly whole?: boolean },
  rows: readonly BenchResult[],
  nameOf: NetworkName,
  along: (result: BenchResult) => number | null,
  apart: (result: BenchResult) => number | null,
  words: (value: number | null) => string,
): Markup[] {
  const lines = new Map<string, BenchResult[]>();
  for (const row of rows) {
    const more = several(rows.filter((r) => placeOf(r) === placeOf(row)).map(apart))
      ? [words(apart(row))]
      : [];
    const name = [nameOf(row), placeOf(row), ...waysOf(row), ...more].join(', ');
    lines.set(name, [...(lines.get(name) ?? []), row]);
  }
  const series = [...lines]
    .map(([name, of]) => ({ name, of: of.filter((row) => along(row) !== null) }))
    .filter(({ of }) => several(of.map(along)))
    .map(
      ({ name, of }, colour): Series => ({
        name,
        colour,
        points: of
          .map((row) => ({ x: along(row) as number, y: row.imagesPerSecond }))
          .toSorted((a, b) => a.x - b.x),
      }),
    );
  if (series.length === 0) return [];
  return [lineChart({ title, x, y: { label: 'images a second', from: 0 }, series })];
}
