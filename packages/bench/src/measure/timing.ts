import { integerFrom } from '@mnet/core/check';

/** How often to run before and while the clock counts. */
export interface TimingOptions {
  /** Timed runs, from 1. */
  runs: number;
  /** Runs before them whose times are left out, from 1; the very first is reported apart. */
  warmup: number;
}

/** Times in milliseconds. */
export interface Times {
  /** The first run of all, with what happens only once: allocation, compilation, caches. */
  first: number;
  /** The timed runs, in order. */
  runs: number[];
}

/** Runs `step` to its end, one run after the other: first the warm-up, then the timed runs. */
export async function timeRuns(
  step: () => Promise<void>,
  { runs, warmup }: TimingOptions,
): Promise<Times> {
  integerFrom(runs, 1, 'runs');
  integerFrom(warmup, 1, 'warmup');
  const times: number[] = [];
  for (let i = 0; i < warmup + runs; i++) {
    const start = performance.now();
    await step();
    times.push(performance.now() - start);
  }
  return { first: times[0] as number, runs: times.slice(warmup) };
}
