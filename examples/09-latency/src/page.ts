import {
  barChart,
  html,
  lineChart,
  type PageOptions,
  section,
  sideBySide,
  table,
} from '@mnet/bench';
import type { Latencies } from './measure.ts';
import { latencyRows, remarks } from './tables.ts';

const ms = (value: number): string => `${value.toPrecision(3)} ms`;

/** The same table with plots. */
export function latencyPage(results: Latencies): PageOptions {
  const [first = '', ...others] = remarks(results);
  const [header = [], ...rows] = latencyRows(results);
  return {
    title: 'Latency of one prediction',
    subtitle: first,
    main: [
      ...others.map((line) => html`<p>${line}</p>`),
      section('Median', bars(results)),
      section('By width', sideBySide(lines(results))),
      section('All figures, in milliseconds', table('Latencies', header, rows)),
    ],
  };
}

function backendsOf({ latencies }: Latencies): string[] {
  return [...new Set(latencies.map(({ backend }) => backend))];
}

function bars(results: Latencies): ReturnType<typeof barChart> {
  const backends = backendsOf(results);
  const names = [...new Set(results.latencies.map(({ network, width }) => `${network} ×${width}`))];
  const found = (name: string, backend: string): number | undefined =>
    results.latencies.find((l) => `${l.network} ×${l.width}` === name && l.backend === backend)
      ?.result?.medianMs;
  return barChart({
    title: 'Median milliseconds',
    series: backends,
    categories: names.map((name) => ({
      name,
      bars: backends.map((backend) => ({ value: found(name, backend) })),
    })),
    format: ms,
  });
}

/** One chart a backend: the mean with its deviation, by width. */
function lines(results: Latencies): ReturnType<typeof lineChart>[] {
  const networks = [...new Set(results.latencies.map(({ network }) => network))];
  return backendsOf(results).map((backend) =>
    lineChart({
      title: backend,
      note: 'The mean; bands are its standard deviation.',
      x: { label: 'width multiplier' },
      y: { label: 'milliseconds', log: true },
      series: networks.map((network, colour) => ({
        name: network,
        colour,
        points: results.latencies
          .filter((each) => each.backend === backend && each.network === network)
          .toSorted((a, b) => a.width - b.width)
          .flatMap(({ width, result }) =>
            result
              ? [
                  {
                    x: width,
                    y: result.meanMs,
                    // A logarithm has no place for what is below 0.
                    low: Math.max(result.meanMs - result.stdMs, result.meanMs / 10),
                    high: result.meanMs + result.stdMs,
                  },
                ]
              : [],
          ),
      })),
    }),
  );
}
