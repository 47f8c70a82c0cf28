import type { AccuracyResult } from '../measure/accuracy.ts';
import type { CostResult } from '../measure/cost.ts';
import type { MemoryResult } from '../measure/memory.ts';
import type { BenchResult } from '../measure/result.ts';
import type { SizeResult } from '../measure/size.ts';
import { compact, count, millions, or, percent } from '../page/format.ts';
import type { AnyResult } from '../results/any-result.ts';
import { differingMaking, type Making } from '../results/making.ts';
import { dataOf, placeOf } from '../results/names.ts';
import { networkOf } from '../results/network.ts';
import { waysOf } from '../results/ways.ts';
import { byKind, mebibytes, ms, noiseOf } from './figures.ts';

/** Results of one kind as a table: texts, the first of a row heads it. */
export interface FigureTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Columns<R> = readonly (readonly [header: string, cell: (result: R) => string])[];

const places: Columns<BenchResult | MemoryResult> = [
  ['Mode', ({ mode }) => mode],
  ['Backend', placeOf],
  ['Threads', ({ threads }) => or(threads, String)],
  ['Batch', ({ batch }) => String(batch)],
];

const times: Columns<BenchResult> = [
  ...places,
  ['Median', ({ medianMs }) => ms(medianMs)],
  ['±', (result) => or(noiseOf(result), (noise) => `${(noise * 100).toFixed(1)}%`)],
  ['Mean', ({ meanMs }) => ms(meanMs)],
  ['Std', ({ stdMs }) => ms(stdMs)],
  ['p95', ({ p95Ms }) => ms(p95Ms)],
  ['Min', ({ minMs }) => ms(minMs)],
  ['First run', ({ firstMs }) => ms(firstMs)],
  ['Images/s', ({ imagesPerSecond }) => compact(imagesPerSecond)],
  ['Rounds × runs', ({ roundsMs }) => `${roundsMs.length} × ${roundsMs[0]?.length ?? 0}`],
];

const memories: Columns<MemoryResult> = [
  ...places,
  ['Above the floor', ({ aboveFloorBytes }) => mebibytes(aboveFloorBytes)],
  ['Peak', ({ peakBytes }) => mebibytes(peakBytes)],
  ['Floor', ({ floorBytes }) => mebibytes(floorBytes)],
  ['Heap', ({ heapBytes }) => or(heapBytes, mebibytes)],
];

const sizes: Columns<SizeResult> = (['float32', 'float16', 'uint8'] as const).flatMap(
  (dtype): Columns<SizeResult> => [
    [dtype, ({ files }) => mebibytes(files[dtype].bytes)],
    ['gzip', ({ files }) => mebibytes(files[dtype].gzipBytes)],
  ],
);

const accuracies: Columns<AccuracyResult> = [
  ['Data', dataOf],
  ['Images', (result) => count(result.count)],
  ['Accuracy', ({ accuracy }) => percent(accuracy)],
  ['Top 5', ({ top5 }) => or(top5, percent)],
  ['Loss', ({ loss }) => loss.toFixed(4)],
  ['Calibration error', ({ ece }) => percent(ece)],
];

const costs: Columns<CostResult> = [
  ['Parameters', ({ params }) => count(params)],
  ['MACs', ({ macs }) => or(macs, millions)],
  ['Not trained', ({ nonTrainableParams }) => count(nonTrainableParams)],
  ['Weights', ({ bytes }) => mebibytes(bytes)],
];

/** All figures, one table a kind; what tells rows apart has a column where they differ in it. */
export function figureTables(results: readonly AnyResult[]): FigureTable[] {
  const { time, memory, size, accuracy, cost } = byKind(results);
  const making = differingMaking(results);
  return [
    tableOf('Times', time, times, making),
    tableOf('Memory', memory, memories, making),
    tableOf('Size on disk', size, sizes, making),
    tableOf('Accuracy', accuracy, accuracies, making),
    tableOf('Cost', cost, costs, making),
  ].filter(({ rows }) => rows.length > 0);
}

function tableOf<R extends AnyResult>(
  title: string,
  results: readonly R[],
  own: Columns<R>,
  making: readonly Making[],
): FigureTable {
  const made = making.filter(({ value }) => results.some((each) => value(each) !== undefined));
  const columns: Columns<R> = [
    ['Network', networkOf],
    ...made.map(({ header, value }): Columns<R>[number] => [
      header,
      (result) => or(value(result), String),
    ]),
    ...(results.some((each) => waysOf(each).length > 0) ? [how] : []),
    ...own,
  ];
  return {
    title,
    header: columns.map(([header]) => header),
    rows: results.map((result) => columns.map(([, cell]) => cell(result))),
  };
}

const how: Columns<AnyResult>[number] = ['How', (result) => waysOf(result).join(', ') || '–'];
