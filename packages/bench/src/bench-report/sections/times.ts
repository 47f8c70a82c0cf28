import { barChart } from '../../charts/bar-chart.ts';
import { type NetworkName, placeNames } from '../names.ts';
import type { BenchResult } from '../../measure/result.ts';
import type { Markup } from '../../page/html.ts';
import { ms, noiseOf } from '../figures.ts';

/** Medians by network, one chart for each mode and batch, the backends side by side. */
export function timeBars(results: readonly BenchResult[], nameOf: NetworkName): Markup[] {
  const charts = new Map<string, BenchResult[]>();
  for (const result of results) {
    const title = `${result.mode === 'train' ? 'A step of training' : 'Inference'}, batch ${result.batch}`;
    charts.set(title, [...(charts.get(title) ?? []), result]);
  }
  const place = placeNames(results);
  // A place has the same colour in all charts.
  const places = [...new Set(results.map(place))];
  return [...charts].map(([title, rows]) => {
    const series = [...new Set(rows.map(place))];
    const names = [...new Set(rows.map(nameOf))];
    return barChart({
      title,
      note: 'Milliseconds a run; less is better.',
      series,
      colours: series.map((each) => places.indexOf(each)),
      categories: names.map((name) => ({
        name,
        bars: series.map((each) => {
          const found = rows.find((row) => nameOf(row) === name && place(row) === each);
          if (found === undefined) return { value: undefined };
          const noise = noiseOf(found);
          const around = noise === undefined ? '' : ` ± ${(noise * 100).toFixed(1)}%`;
          return { value: found.medianMs, text: ms(found.medianMs) + around };
        }),
      })),
    });
  });
}
