import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type BenchResult, benchResult, type Mode } from './result.ts';
import { createStep } from './step.ts';
import { timeRuns } from './timing.ts';

/** What {@link measureLatency} takes. */
export interface LatencyOptions {
  /** Images a run; default 1. */
  batch?: number;
  /** Timed runs; default 50. */
  runs?: number;
  /** Runs before them that do not count, from 1; default 10. */
  warmup?: number;
  /** The name in the result; default the model's own. */
  name?: string;
  /**
   * Measures the network as one would ship it: batch normalization folded into the convolutions and, on `mnet`,
   * recorded once and replayed (`capture`) where it can be. Of no effect in training. Default true.
   */
  deploy?: boolean;
}

/**
 * How long one prediction takes on the active backend. Runs that end in `await y.data()` are timed one by one after
 * a warm-up; the very first is reported apart.
 *
 * @param model any network with one image input and one output; its weights stay as they are.
 * @throws if an option is out of range or the model takes something else.
 */
export function measureLatency(
  model: LayersModel,
  options: LatencyOptions = {},
): Promise<BenchResult> {
  const { batch = 1, runs = 50, warmup = 10, name = model.name, deploy = true } = options;
  return measure(model, name, 'infer', batch, runs, warmup, deploy);
}

/** What {@link measureThroughput} takes. */
export interface ThroughputOptions {
  /** `infer` (default), or `train`: forward, backward and a step of Adam. */
  mode?: Mode;
  /** Images a step; default 128. */
  batch?: number;
  /** Timed steps; default 8. */
  steps?: number;
  /** Steps before them that do not count, from 1; default 2. */
  warmup?: number;
  /** The name in the result; default the model's own. */
  name?: string;
  /**
   * Measures the network as one would ship it: batch normalization folded into the convolutions and, on `mnet`,
   * recorded once and replayed (`capture`) where it can be. Of no effect in training. Default true.
   */
  deploy?: boolean;
}

/**
 * How many images a second the active backend takes through a network, from the median of the timed steps.
 *
 * @param model any network with one image input. `mode: 'train'` changes its weights, and needs logits
 *   [batch, classes] as its only output.
 * @throws if an option is out of range, the model takes something else, or the loss becomes NaN.
 */
export function measureThroughput(
  model: LayersModel,
  options: ThroughputOptions = {},
): Promise<BenchResult> {
  const { mode = 'infer', batch = 128, steps = 8, warmup = 2, name = model.name } = options;
  return measure(model, name, mode, batch, steps, warmup, options.deploy ?? true);
}

async function measure(
  model: LayersModel,
  name: string,
  mode: Mode,
  batch: number,
  runs: number,
  warmup: number,
  deploy: boolean,
): Promise<BenchResult> {
  const step = await createStep(model, mode, batch, deploy);
  try {
    return benchResult(name, mode, batch, await timeRuns(step.run, { runs, warmup }));
  } finally {
    step.dispose();
  }
}
