import type { Splits } from '@mnet/data';
import type { ModelName } from '@mnet/models';
import { type RunRecord, train, type TrainOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { madeNetwork } from '../flags/network.ts';
import type { ExperimentFlags } from './experiment-flags.ts';

/** What a training has left. */
export interface Trained {
  readonly model: LayersModel;
  readonly record: RunRecord;
}

/** What an arm is given to train with. */
export interface ArmContext {
  /** The flags; `width` and `seed` are those of this training. */
  readonly flags: ExperimentFlags;
  readonly data: Splits;
  /** What the flags say of the training, its run folder and the signal that ends it included. */
  readonly options: TrainOptions;
  /** What an earlier arm of the same width and seed has left. */
  readonly earlier: (arm: string) => Trained;
}

/** One of the trainings that an experiment compares. */
export interface Arm {
  /** Names it in tables, and its folder: letters, digits, - and _. */
  readonly name: string;
  /** Trains it, or goes on with what is in its run folder. */
  readonly train: (context: ArmContext) => Promise<Trained>;
}

/**
 * An arm that trains a network of the registry from seeded weights.
 *
 * @param name the arm's
 */
export function networkArm(name: string, network: ModelName): Arm {
  return {
    name,
    async train({ flags, data, options }) {
      const model = networkFor(network, flags, data);
      const { record } = await train(model, data, options);
      return { model, record };
    },
  };
}

/** A network of the registry as the flags say, for the data's pictures and classes. */
export function networkFor(
  network: ModelName,
  flags: ExperimentFlags,
  { train: { classes, shape } }: Splits,
): LayersModel {
  const input = { classes: classes.length, inputShape: [...shape], seed: flags.seed };
  return madeNetwork(network, flags, input);
}
