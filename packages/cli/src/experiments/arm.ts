import type { Splits } from '@mnet/data';
import type { ModelName } from '@mnet/models';
import { type RunRecord, train, type TrainOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkNetwork, madeNetwork, type MakingFlags } from '../flags/network.ts';
import type { ExperimentFlags } from './experiment-flags.ts';

/** What a training has left. */
export interface Trained {
  readonly model: LayersModel;
  readonly record: RunRecord;
  /**
   * What the experiment itself has measured of it, by the name that it has in `results.json` and in the table: a number, or
   * why there is none.
   */
  readonly measured?: Readonly<Record<string, number | string>>;
  /** The folder of its run within the arm's, such as that of a chain's last link; absent: the arm's folder is the run's. */
  readonly within?: string;
}

/** What an arm before this one has left. */
export interface Earlier extends Trained {
  /** Its run folder. */
  readonly run: string;
}

/** What an arm is given to train with. */
export interface ArmContext<Own = object> {
  /** The flags; `width` and `seed` are those of this training. */
  readonly flags: ExperimentFlags & Own;
  readonly data: Splits;
  /** What the flags say of the training, its run folder and the signal that ends it included. */
  readonly options: TrainOptions;
  /**
   * What an earlier arm of the same width and seed has left, or of whatever width and seed it has of its own. Its model
   * belongs to the experiment: it may be read, and must not be trained, changed or disposed of.
   */
  readonly earlier: (arm: string) => Earlier;
}

/** One of the trainings that an experiment compares. */
export interface Arm<Own = object> {
  /** Names it in tables, and its folder: letters, digits, -, _ and . */
  readonly name: string;
  /** Its width multiplier, where that is not the one of the sweep: it is then trained once for all widths. */
  readonly width?: number;
  /** Its seed, where that is not the one of the sweep: it is then trained once for all seeds. */
  readonly seed?: number;
  /** Throws where it cannot be trained with these flags. Called before any data is loaded. */
  readonly check?: (flags: ExperimentFlags & Own) => void;
  /** Trains it, or goes on with what is in its run folder. */
  readonly train: (context: ArmContext<Own>) => Promise<Trained>;
}

/**
 * An arm that trains a network of the registry from seeded weights.
 *
 * @param name the arm's
 * @param making how the network is made where the flags do not say
 */
export function networkArm(name: string, network: ModelName, making: MakingFlags = {}): Arm {
  const whole = (flags: ExperimentFlags): ExperimentFlags => {
    const said = Object.entries(flags).filter(([, value]) => value !== undefined);
    return { ...flags, ...making, ...Object.fromEntries(said) };
  };
  return {
    name,
    check: (flags) => checkNetwork(network, whole(flags)),
    async train({ flags, data, options }) {
      const model = networkFor(network, whole(flags), data);
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
