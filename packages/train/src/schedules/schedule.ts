import { numberIn, integerFrom } from '@mnet/core/check';
import { number } from '@mnet/core/options';
import type { JsonObject } from '../json.ts';

/** The learning rate at a step, counted from 0 over the whole training: a pure function. */
export type Schedule = (step: number) => number;

/** What a schedule must know of the training it is for. */
export interface ScheduleContext {
  /** Epochs of the whole training. */
  readonly epochs: number;
  /** Optimizer steps in one epoch. */
  readonly stepsPerEpoch: number;
}

/** Steps of the whole training, at least one. */
export function stepsIn({ epochs, stepsPerEpoch }: ScheduleContext): number {
  // Nine tenths of ten steps are nine, however a product is rounded.
  return Math.max(1, Math.ceil(epochs * stepsPerEpoch - 1e-6));
}

/**
 * Makes the schedule of one training. The functions of this folder give such factories; one of your own is
 * `({ epochs, stepsPerEpoch }) => (step) => rate`.
 */
export interface ScheduleFactory {
  (context: ScheduleContext): Schedule;
  /** The settings, as a run writes them down; without it the run says `custom`. */
  readonly config?: JsonObject;
}

/** A factory with its settings, which checks the context it is given. */
export function scheduleFactory(
  config: JsonObject,
  make: (context: ScheduleContext) => Schedule,
): ScheduleFactory {
  const factory = (context: ScheduleContext): Schedule => {
    numberIn(context.epochs, Number.MIN_VALUE, Number.MAX_VALUE, 'epochs');
    integerFrom(context.stepsPerEpoch, 1, 'stepsPerEpoch');
    return make(context);
  };
  return Object.assign(factory, { config });
}

/** A learning rate. */
export const rate = number({ min: 0 });
