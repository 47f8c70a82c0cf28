import { modelCost } from '@mnet/models';
import { backend, getBackend, memory } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type BenchEnvironment, benchEnvironment } from './environment.ts';
import type { Mode } from './kinds.ts';
import { median, summarize } from './statistics.ts';
import type { StepSettings } from './step.ts';
import type { Times } from './timing.ts';

/** Which network a result is of, where and when it was taken. */
export interface ResultBase {
  /** The network's name. */
  model: string;
  /** Parameters, as `modelCost` of `@mnet/models` counts them. */
  params: number;
  /** Multiply-adds of one prediction; null where a layer's could not be counted. */
  macs: number | null;
  /** Width multiplier; absent or null of a network that was not made by name. So are the three below. */
  width?: number | null;
  /** Classes of the classifier. */
  classes?: number | null;
  /** Height and width of the pictures. */
  size?: number | null;
  /** Strides by their name, or one by one. */
  strides?: string | readonly (number | null)[] | null;
  /** When it was taken, ISO 8601. */
  date: string;
  /** Results of one session were taken in turns, so that a machine that becomes slower does so for all; absent: alone. */
  session?: string;
  environment: BenchEnvironment;
}

/** What every result of runs on a backend says. */
export interface RunResultBase extends ResultBase {
  mode: Mode;
  /** The TensorFlow.js backend's name. */
  backend: string;
  /** The backend as it was asked for, such as `mnet:wasm`; absent: {@link backend}. */
  on?: string;
  /** Threads that compute; null where the backend does not tell. */
  threads: number | null;
  /** Images a run. */
  batch: number;
  /** Of inference: whether the network was folded and recorded, as one would ship it; absent: not known, as a rule it was. */
  deploy?: boolean;
  /** Of training: whether steps were to be recorded and replayed; absent: not known, as a rule they were. */
  capture?: boolean;
  /** The heap of the backend's own after the last run, in bytes; null where it has none. */
  heapBytes: number | null;
}

/** What a measurement of time writes down. Times are of one run, that is of one batch. */
export interface BenchResult extends RunResultBase {
  kind: 'time';
  /** The version of Node.js; null in a browser. */
  node: string | null;
  /** batch / medianMs · 1000 */
  imagesPerSecond: number;
  /** Of several rounds the median of their medians. */
  medianMs: number;
  p95Ms: number;
  meanMs: number;
  /** Sample standard deviation (n − 1). */
  stdMs: number;
  minMs: number;
  /** The very first run, before the warm-up ended: it allocates and compiles. Of several rounds their median. */
  firstMs: number;
  /** Every timed run, one list a round; a round is a process of its own. */
  roundsMs: readonly (readonly number[])[];
  /** The process's largest resident set so far, in bytes; null in a browser. */
  peakMemoryBytes: number | null;
}

/** Name, cost and place of what is measured. */
export function resultBase(model: LayersModel, name: string): ResultBase {
  const { params, macs, uncounted } = modelCost(model);
  return {
    model: name,
    params,
    macs: uncounted.length > 0 ? null : macs,
    date: new Date().toISOString(),
    environment: benchEnvironment(),
  };
}

/** The same of runs that were made on the active backend. */
export function runResultBase(
  base: ResultBase,
  { mode, batch, deploy, capture }: StepSettings,
): RunResultBase {
  // What a backend may tell of itself beyond TensorFlow.js's interface; `mnet` tells all.
  const { threads } = backend() as { threads?: number };
  const { heapBytes } = memory() as { heapBytes?: number };
  return {
    ...base,
    mode,
    backend: getBackend(),
    threads: threads ?? (getBackend() === 'cpu' ? 1 : null),
    batch,
    ...(mode === 'infer' ? { deploy } : { capture }),
    heapBytes: heapBytes ?? null,
  };
}

/** Puts the times of a measurement together with where it was taken, on the active backend. */
export function benchResult(base: ResultBase, settings: StepSettings, times: Times): BenchResult {
  const node = globalThis.process?.versions?.node;
  return {
    kind: 'time',
    ...runResultBase(base, settings),
    node: node ?? null,
    ...timesOf(settings.batch, [times.runs]),
    firstMs: times.first,
    peakMemoryBytes: node === undefined ? null : process.resourceUsage().maxRSS * 1024,
  };
}

/**
 * One result of several rounds: measurements of the same network in the same way, each in a process of its own. The median is
 * that of the rounds' medians; the other figures are of all runs, memory the greatest.
 *
 * @throws RangeError for no result
 */
export function mergeRounds(results: readonly BenchResult[]): BenchResult {
  const [first] = results;
  if (first === undefined) throw new RangeError('results: got none, takes at least one');
  const greatest = (key: 'peakMemoryBytes' | 'heapBytes'): number | null => {
    const found = results.map((result) => result[key]).filter((bytes) => bytes !== null);
    return found.length === 0 ? null : Math.max(...found);
  };
  return {
    ...first,
    ...timesOf(
      first.batch,
      results.flatMap(({ roundsMs }) => roundsMs),
    ),
    firstMs: median(results.map(({ firstMs }) => firstMs)),
    peakMemoryBytes: greatest('peakMemoryBytes'),
    heapBytes: greatest('heapBytes'),
  };
}

function timesOf(
  batch: number,
  roundsMs: readonly (readonly number[])[],
): Pick<
  BenchResult,
  'imagesPerSecond' | 'medianMs' | 'p95Ms' | 'meanMs' | 'stdMs' | 'minMs' | 'roundsMs'
> {
  const { p95, mean, std, min } = summarize(roundsMs.flat());
  const middle = median(roundsMs.map(median));
  return {
    imagesPerSecond: (batch / middle) * 1000,
    medianMs: middle,
    p95Ms: p95,
    meanMs: mean,
    stdMs: std,
    minMs: min,
    roundsMs,
  };
}
