import { backend, getBackend, memory } from '@tensorflow/tfjs-core';
import { summarize } from './statistics.ts';
import type { Times } from './timing.ts';

/** Forward only, or forward, backward and a step of the optimizer. */
export type Mode = (typeof modes)[number];

/** The names that {@link Mode} takes. */
export const modes = ['infer', 'train'] as const;

/** What a measurement writes down. Times are of one run, that is of one batch. */
export interface BenchResult {
  /** The network's name. */
  model: string;
  mode: Mode;
  /** The TensorFlow.js backend's name. */
  backend: string;
  /** Threads that compute; null where the backend does not tell. */
  threads: number | null;
  /** Images a run. */
  batch: number;
  /** The version of Node.js; null in a browser. */
  node: string | null;
  /** batch / medianMs · 1000 */
  imagesPerSecond: number;
  medianMs: number;
  p95Ms: number;
  meanMs: number;
  /** Sample standard deviation (n − 1). */
  stdMs: number;
  /** The very first run, before the warm-up ended: it allocates and compiles. */
  firstMs: number;
  /** The process's largest resident set so far, in bytes; null in a browser. */
  peakMemoryBytes: number | null;
  /** The heap of the backend's own, in bytes; null where it has none. */
  heapBytes: number | null;
}

/** Puts the times of a measurement together with where it was taken, on the active backend. */
export function benchResult(model: string, mode: Mode, batch: number, times: Times): BenchResult {
  const { median, p95, mean, std } = summarize(times.runs);
  // What a backend may tell of itself beyond TensorFlow.js's interface; `mnet` tells all.
  const { threads } = backend() as { threads?: number };
  const { heapBytes } = memory() as { heapBytes?: number };
  const node = globalThis.process?.versions?.node;
  return {
    model,
    mode,
    backend: getBackend(),
    threads: threads ?? (getBackend() === 'cpu' ? 1 : null),
    batch,
    node: node ?? null,
    imagesPerSecond: (batch / median) * 1000,
    medianMs: median,
    p95Ms: p95,
    meanMs: mean,
    stdMs: std,
    firstMs: times.first,
    peakMemoryBytes: node === undefined ? null : process.resourceUsage().maxRSS * 1024,
    heapBytes: heapBytes ?? null,
  };
}
