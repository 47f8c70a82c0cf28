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
import { resultBase, type RunResultBase, runResultBase } from './result.ts';
import { createStep } from './step.ts';

const count = integer({ min: 1 });

/** What {@link MemoryOptions} are made of. */
export const memoryOptions = options({
  /** `infer` (default), or `train`. */
  mode: optional(choice(modes), 'infer'),
  /** Images a step; default 1. */
  batch: optional(count, 1),
  /** Steps that are made; default 3, of which the second of a training is recorded where it can be. */
  steps: optional(count, 3),
  /** The name in the result; default the model's own. */
  name: optional(text()),
  /** As in `measureLatency`; default true. */
  deploy: optional(boolean(), true),
  /** As in `measureThroughput`; default true. */
  capture: optional(boolean(), true),
});

/** What {@link measureMemory} takes. */
export interface MemoryOptions extends Given<typeof memoryOptions> {}

/** What a network takes of this process's memory, in bytes. */
export interface MemoryResult extends RunResultBase {
  kind: 'memory';
  /** The resident set before the network was made: Node.js, TensorFlow.js, the backend. */
  floorBytes: number;
  /** The largest resident set from then on. */
  peakBytes: number;
  /** peakBytes − floorBytes: what the network and its steps take. */
  aboveFloorBytes: number;
}

/**
 * How much memory a network takes in inference or training, above what the process had before it. A process gives little
 * back, and what others have left in it is used again: measure one network in a process of its own, as `mnet bench memory`
 * does.
 *
 * @param make makes or loads the network, which is then the measurement's, and disposed of
 * @throws where there is no Node.js, an option is unknown or out of range, or the model takes no single image.
 */
export async function measureMemory(
  make: () => LayersModel | Promise<LayersModel>,
  given: MemoryOptions = {},
): Promise<MemoryResult> {
  if (typeof make !== 'function') {
    throw new TypeError(`make: got ${typeof make}, takes a function that gives a network`);
  }
  const { steps, name, ...settings } = resolve(memoryOptions, given, 'measureMemory options');
  if (globalThis.process?.versions?.node === undefined) {
    throw new Error('measureMemory: needs Node.js, a page is not told its memory');
  }
  const before = highest();
  const floor = process.memoryUsage.rss();
  let seen = floor;
  const look = (): void => {
    seen = Math.max(seen, process.memoryUsage.rss());
  };
  const model = await make();
  try {
    const step = await createStep(model, settings);
    try {
      for (let i = 0; i < steps; i++) {
        await step.run();
        look();
      }
    } finally {
      step.dispose();
    }
    // The system's own record misses no peak, but is of the whole process: of use where it was exceeded.
    const after = highest();
    const peak = after > before ? Math.max(after, seen) : seen;
    return {
      kind: 'memory',
      ...runResultBase(resultBase(model, name ?? model.name), settings),
      floorBytes: floor,
      peakBytes: peak,
      aboveFloorBytes: peak - floor,
    };
  } finally {
    model.dispose();
  }
}

function highest(): number {
  return process.resourceUsage().maxRSS * 1024;
}
