import {
  boolean,
  choice,
  type Given,
  integer,
  optional,
  options,
  resolve,
  text,
} from '@mnet/core/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { modes } from './kinds.ts';
import { type BenchResult, benchResult, resultBase } from './result.ts';
import { createStep, type StepSettings } from './step.ts';
import { timeRuns } from './timing.ts';

const count = integer({ min: 1 });

const shared = {
  /** The name in the result; default the model's own. */
  name: optional(text()),
  /**
   * Measures the network as one would ship it: batch normalization folded into the convolutions and, on `mnet`,
   * recorded once and replayed (`capture`) where it can be. Of no effect in training. Default true.
   */
  deploy: optional(boolean(), true),
};

/** What {@link LatencyOptions} are made of. */
export const latencyOptions = options({
  /** Images a run; default 1. */
  batch: optional(count, 1),
  /** Timed runs; default 50. */
  runs: optional(count, 50),
  /** Runs before them that do not count, from 1; default 10. */
  warmup: optional(count, 10),
  ...shared,
});

/** What {@link measureLatency} takes. */
export interface LatencyOptions extends Given<typeof latencyOptions> {}

/** What {@link ThroughputOptions} are made of. */
export const throughputOptions = options({
  /** `infer` (default), or `train`: the step of `train`, forward, backward and Adam. */
  mode: optional(choice(modes), 'infer'),
  /** Images a step; default 128. */
  batch: optional(count, 128),
  /** Timed steps; default 8. */
  steps: optional(count, 8),
  /** Steps before them that do not count, from 1; default 2. */
  warmup: optional(count, 2),
  /** In training on `mnet`: whether steps are recorded and replayed, as `train` does. Default true. */
  capture: optional(boolean(), true),
  ...shared,
});

/** What {@link measureThroughput} takes. */
export interface ThroughputOptions extends Given<typeof throughputOptions> {}

/**
 * How long one prediction takes on the active backend. Runs that end in `await y.data()` are timed one by one after
 * a warm-up; the very first is reported apart.
 *
 * @param model any network with one image input and one output; its weights stay as they are.
 * @throws if an option is unknown or out of range or the model takes something else.
 */
export async function measureLatency(
  model: LayersModel,
  given: LatencyOptions = {},
): Promise<BenchResult> {
  const settings = resolve(latencyOptions, given, 'measureLatency options');
  return measure(model, { mode: 'infer', capture: true, ...settings });
}

/**
 * How many images a second the active backend takes through a network, from the median of the timed steps.
 *
 * @param model any network with one image input. `mode: 'train'` changes its weights, and needs logits
 *   [batch, classes] as its only output.
 * @throws if an option is unknown or out of range, the model takes something else, or the loss becomes NaN.
 */
export async function measureThroughput(
  model: LayersModel,
  given: ThroughputOptions = {},
): Promise<BenchResult> {
  const settings = resolve(throughputOptions, given, 'measureThroughput options');
  const { steps: runs, ...rest } = settings;
  return measure(model, { runs, ...rest });
}

/** What both measure by. */
interface Settings extends StepSettings {
  readonly runs: number;
  readonly warmup: number;
  readonly name: string | undefined;
}

async function measure(model: LayersModel, settings: Settings): Promise<BenchResult> {
  const { runs, warmup, name = model.name } = settings;
  const step = await createStep(model, settings);
  try {
    const times = await timeRuns(step.run, { runs, warmup });
    return benchResult(resultBase(model, name), settings, times);
  } finally {
    step.dispose();
  }
}
