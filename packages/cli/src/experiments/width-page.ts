import { join } from 'node:path';
import { section, sideBySide, table, writePage } from '@mnet/bench';
import { armRows } from './arm-table.ts';
import type { ArmResult, Published } from './results.ts';
import { widthCharts } from './width-charts.ts';

/** The page of what an experiment's networks cost and reach by their widths. */
export const widthPage = (dir: string): string => join(dir, 'widths.html');

/** Writes it where there are several widths. */
export function writeWidthPage(
  dir: string,
  title: string,
  results: readonly ArmResult[],
  published: readonly Published[],
): void {
  const charts = widthCharts(results, published);
  if (charts.length === 0) return;
  const [header = [], ...rows] = armRows(results, published);
  writePage(widthPage(dir), {
    title: `${title}, by width`,
    main: [
      section('By width', sideBySide(charts)),
      section('Figures', table('figures by width', header, rows)),
    ],
  });
}
