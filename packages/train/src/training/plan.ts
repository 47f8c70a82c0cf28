import type { ImageDataset } from '@mnet/data';
import type { ResolvedOptions } from '../options.ts';
import { rate, type Schedule, stepsIn } from '../schedules/schedule.ts';

/** How a training is divided, and how fast it learns when. */
export interface Plan {
  /** Of a whole epoch. */
  readonly stepsPerEpoch: number;
  /** Over the whole training. */
  readonly steps: number;
  /** Epochs, with one that is cut short. */
  readonly epochs: number;
  /** Throws where it gives what is no rate. */
  readonly schedule: Schedule;
}

/**
 * Steps of an epoch, fewer than others have where the training ends within it.
 *
 * @param epoch from 0
 */
export function stepsOf({ stepsPerEpoch, steps }: Plan, epoch: number): number {
  return Math.max(0, Math.min(stepsPerEpoch, steps - epoch * stepsPerEpoch));
}

/** @throws if the batches are larger than the data set, the steps too few for an update, or the schedule is none. */
export function makePlan(train: ImageDataset, options: ResolvedOptions): Plan {
  const { batchSize, dropLast, epochs } = options;
  const whole = train.length / batchSize;
  const stepsPerEpoch = dropLast ? Math.floor(whole) : Math.ceil(whole);
  if (stepsPerEpoch === 0) {
    throw new RangeError(
      `batchSize: got ${batchSize} with dropLast, takes at most the ${train.length} training images`,
    );
  }
  const steps = stepsIn({ epochs, stepsPerEpoch });
  checkUpdates(steps, options);
  const schedule = options.schedule({ epochs: steps / stepsPerEpoch, stepsPerEpoch });
  if (typeof schedule !== 'function') {
    throw new TypeError(
      'schedule: its result is no function, takes ({ epochs, stepsPerEpoch }) => (step) => rate',
    );
  }
  return {
    stepsPerEpoch,
    steps,
    epochs: Math.ceil(steps / stepsPerEpoch),
    schedule: (step) => rate.check(schedule(step), `schedule: its rate at step ${step}`),
  };
}

/** @throws where the training would end before its first update, or before it first looks back. */
function checkUpdates(
  steps: number,
  { optimizer, lookahead }: Pick<ResolvedOptions, 'optimizer' | 'lookahead'>,
): void {
  const { stepsPerUpdate = 1 } = optimizer;
  if (stepsPerUpdate > steps) {
    throw new RangeError(
      `optimizer: got one update in ${stepsPerUpdate} steps, takes at most the ${steps} steps of the training for it`,
    );
  }
  const updates = Math.floor(steps / stepsPerUpdate);
  if (lookahead && lookahead.every > updates) {
    throw new RangeError(
      `lookahead.every: got ${lookahead.every}, takes at most the ${updates} updates of the training`,
    );
  }
}
