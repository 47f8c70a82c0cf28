import { textTable } from '@mnet/bench';
import type { Latencies, Latency } from './measure.ts';

/** A table's header and its rows. */
export type Rows = readonly (readonly string[])[];

/** What is printed. */
export function latencyText(results: Latencies): string {
  return [textTable(latencyRows(results)), ...remarks(results)].join('\n\n');
}

/** One row a network, width and backend; times in milliseconds. */
export function latencyRows({ latencies }: Latencies): Rows {
  return [
    ['', 'width', 'backend', 'threads', 'n', 'first', 'mean', 'std', 'median', 'p95'],
    ...latencies.map(({ network, width, backend, repetitions, result }: Latency) => [
      network,
      String(width),
      backend,
      result?.threads?.toString() ?? '–',
      result ? String(repetitions) : '–',
      ...[result?.firstMs, result?.meanMs, result?.stdMs, result?.medianMs, result?.p95Ms].map(ms),
    ]),
  ];
}

/** What is said beside the table: what the times are, and what is missing. */
export function remarks({ batch, warmup, absent, latencies, ...at }: Latencies): string[] {
  const failed = latencies.flatMap(({ network, width, backend, error }) =>
    error === undefined ? [] : [`not measured: ${network} ×${width} on ${backend}: ${error}`],
  );
  return [
    `milliseconds for a batch of ${batch}, ${at.size}×${at.size} pixels, ${at.classes} classes, after ${warmup} runs that do not count, on ${at.processor}, ${at.cores} cores`,
    ...absent.map(({ backend, install }) => `not installed: ${backend} (${install})`),
    ...failed,
  ];
}

function ms(value: number | undefined): string {
  return value === undefined ? '–' : value.toPrecision(3);
}
