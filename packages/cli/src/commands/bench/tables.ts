import { type AnyResult, type BenchResult, figureTables, type MemoryResult } from '@mnet/bench';
import { textTable } from '@mnet/bench/results';

/** One result with all its figures, for people. */
export function oneTable(result: BenchResult | MemoryResult, title: string, sizes: string): string {
  const threads = result.threads === null ? '' : `, ${result.threads} threads`;
  const { node } = result.environment;
  return textTable([
    [title, result.mode],
    [sizes, `batch ${result.batch}`],
    [`${result.on ?? result.backend}${threads}`, `Node.js ${node?.replace(/^v/, '') ?? '–'}`],
    ...(result.kind === 'time' ? timeRows(result) : memoryRows(result)),
    ['heap of the backend', bytes(result.heapBytes)],
  ]);
}

function timeRows(result: BenchResult): string[][] {
  return [
    ['images per second', result.imagesPerSecond.toPrecision(4)],
    ['median', ms(result.medianMs)],
    ['95th percentile', ms(result.p95Ms)],
    ['mean', ms(result.meanMs)],
    ['standard deviation', ms(result.stdMs)],
    ['least', ms(result.minMs)],
    ['first run', ms(result.firstMs)],
    ['peak memory of the process', bytes(result.peakMemoryBytes)],
  ];
}

function memoryRows(result: MemoryResult): string[][] {
  return [
    ['memory above the floor', bytes(result.aboveFloorBytes)],
    ['peak memory of the process', bytes(result.peakBytes)],
    ['floor, before the network', bytes(result.floorBytes)],
  ];
}

/** Columns that a terminal has no room for; the report has them. */
const leftOut = new Set(['Mean', 'Std', 'Min', 'Rounds × runs']);

/** Results by kind, a row each, for people. */
export function resultTables(results: readonly AnyResult[]): string {
  return figureTables(results)
    .map(({ header, rows }) => {
      const shown = header.flatMap((name, i) => (leftOut.has(name) ? [] : [i]));
      return textTable([header, ...rows].map((row) => shown.map((i) => row[i] ?? '')));
    })
    .join('\n\n');
}

function ms(value: number): string {
  return `${value.toPrecision(4)} ms`;
}

function bytes(value: number | null): string {
  return value === null ? '–' : `${(value / 2 ** 20).toFixed(1)} MiB`;
}
