import type { AccuracyResult } from '../measure/accuracy.ts';
import type { CostResult } from '../measure/cost.ts';
import type { MemoryResult } from '../measure/memory.ts';
import type { BenchResult } from '../measure/result.ts';
import { median, summarize } from '../measure/statistics.ts';
import type { SizeResult } from '../measure/size.ts';
import { count } from '../page/format.ts';
import type { AnyResult } from '../results/any-result.ts';
import { counted } from '../results/names.ts';

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
