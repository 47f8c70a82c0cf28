import type { AccuracyResult } from '../measure/accuracy.ts';
import type { CostResult } from '../measure/cost.ts';
import type { MemoryResult } from '../measure/memory.ts';
import type { BenchResult } from '../measure/result.ts';
import { median, summarize } from '../measure/statistics.ts';
import type { SizeResult } from '../measure/size.ts';
import { compact, count, millions, percent } from '../page/format.ts';
import type { AnyResult } from '../results/any-result.ts';
import { counted, networkOf, placeOf } from '../results/names.ts';

/** Results of one kind as a table: texts, the first of a row heads it. */
export interface FigureTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Results by kind. */
export interface ByKind {
  readonly time: readonly BenchResult[];
  readonly memory: readonly MemoryResult[];
  readonly size: readonly SizeResult[];
  readonly accuracy: readonly AccuracyResult[];
  readonly cost: readonly CostResult[];
}

/** Sorts results by their kind, each in the order in which it was given. */
export function byKind(results: readonly AnyResult[]): ByKind {
  const of = <K extends AnyResult['kind']>(kind: K): Extract<AnyResult, { kind: K }>[] =>
    results.filter((each): each is Extract<AnyResult, { kind: K }> => each.kind === kind);
  return {
    time: of('time'),
    memory: of('memory'),
    size: of('size'),
    accuracy: of('accuracy'),
    cost: of('cost'),
  };
}

/** 0.2913 as `0.291 ms` */
export function ms(value: number): string {
  return `${value >= 1000 ? count(Math.round(value)) : +value.toPrecision(3)} ms`;
}

/** 2097152 as `2.00 MiB` */
export function mebibytes(value: number): string {
  return `${(value / 2 ** 20).toFixed(value < 100 * 2 ** 20 ? 2 : 0)} MiB`;
}

/**
 * How far a time is uncertain, as a share of its median: the standard deviation over rounds, which are processes; of one round that
 * of its runs, which is less than what processes differ by. Undefined where there is one time alone.
 */
export function noiseOf({ roundsMs, medianMs }: BenchResult): number | undefined {
  const [only = []] = roundsMs;
  const times = roundsMs.length > 1 ? roundsMs.map(median) : only;
  return times.length > 1 ? summarize(times).std / medianMs : undefined;
}

/** All figures, one table a kind. */
export function figureTables(results: readonly AnyResult[]): FigureTable[] {
  const { time, memory, size, accuracy, cost } = byKind(results);
  const macs = (value: number | null): string => (value === null ? '–' : millions(value));
  const tables: FigureTable[] = [
    {
      title: 'Times',
      header: [
        'Network',
        'Mode',
        'Backend',
        'Threads',
        'Batch',
        'Median',
        '±',
        'Mean',
        'Std',
        'p95',
        'Min',
        'First run',
        'Images/s',
        'Rounds × runs',
      ],
      rows: time.map((row) => {
        const noise = noiseOf(row);
        return [
          networkOf(row),
          row.mode,
          placeOf(row),
          row.threads === null ? '–' : String(row.threads),
          String(row.batch),
          ms(row.medianMs),
          noise === undefined ? '–' : `${(noise * 100).toFixed(1)}%`,
          ms(row.meanMs),
          ms(row.stdMs),
          ms(row.p95Ms),
          ms(row.minMs),
          ms(row.firstMs),
          compact(row.imagesPerSecond),
          `${row.roundsMs.length} × ${row.roundsMs[0]?.length ?? 0}`,
        ];
      }),
    },
    {
      title: 'Memory',
      header: ['Network', 'Mode', 'Backend', 'Batch', 'Above the floor', 'Peak', 'Floor', 'Heap'],
      rows: memory.map((row) => [
        networkOf(row),
        row.mode,
        placeOf(row),
        String(row.batch),
        mebibytes(row.aboveFloorBytes),
        mebibytes(row.peakBytes),
        mebibytes(row.floorBytes),
        row.heapBytes === null ? '–' : mebibytes(row.heapBytes),
      ]),
    },
    {
      title: 'Size on disk',
      header: ['Network', 'float32', 'gzip', 'float16', 'gzip', 'uint8', 'gzip'],
      rows: size.map((row) => [
        networkOf(row),
        ...Object.values(row.files).flatMap(({ bytes, gzipBytes }) => [
          mebibytes(bytes),
          mebibytes(gzipBytes),
        ]),
      ]),
    },
    {
      title: 'Accuracy',
      header: ['Network', 'Data', 'Images', 'Accuracy', 'Top 5', 'Loss', 'Calibration error'],
      rows: accuracy.map((row) => [
        networkOf(row),
        [row.dataset, ...(row.part === undefined ? [] : [row.part])].join(', '),
        count(row.count),
        percent(row.accuracy),
        row.top5 === undefined ? '–' : percent(row.top5),
        row.loss.toFixed(4),
        percent(row.ece),
      ]),
    },
    {
      title: 'Cost',
      header: ['Network', 'Parameters', 'MACs', 'Not trained', 'Weights'],
      rows: cost.map((row) => [
        networkOf(row),
        count(row.params),
        macs(row.macs),
        count(row.nonTrainableParams),
        mebibytes(row.bytes),
      ]),
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** The machines and programs that results were taken on, each once, as a line. */
export function machines(results: readonly AnyResult[]): string[] {
  const lines = results.map(({ environment: e }) => {
    const memory =
      e.memoryBytes === undefined ? '' : `, ${(e.memoryBytes / 2 ** 30).toFixed(0)} GiB`;
    const cores = e.cores === undefined ? '' : `, ${counted(e.cores, 'core')}`;
    const system = [e.platform, e.osRelease].filter(Boolean).join(' ');
    const program = e.node === undefined ? (e.userAgent ?? '') : `Node.js ${e.node}`;
    const commit =
      e.commit === undefined
        ? ''
        : `commit ${e.commit.slice(0, 10)}${e.dirty === true ? ' with changes' : ''}`;
    return [
      `${e.cpu ?? 'unknown processor'}${cores}${memory}`,
      system,
      program,
      e.mnet === undefined ? '' : `mnet ${e.mnet}`,
      `TensorFlow.js ${e.tfjs}`,
      commit,
    ]
      .filter(Boolean)
      .join('; ');
  });
  return [...new Set(lines)];
}
