import {
  type Given,
  integer,
  list,
  number,
  optional,
  options,
  required,
  resolve,
} from '@mnet/core/options';
import { rate, scheduleFactory, type ScheduleFactory } from './schedule.ts';
import { warmupLength, withWarmup } from './warmup.ts';

const epoch = integer({ min: 1 });

/** What both have. */
const falling = {
  /** γ, from 0 to 1; default 0.1. */
  gamma: optional(number({ min: 0, max: 1 }), 0.1),
  /** Linear warm-up before the first epoch that counts, fractions allowed; default 0. */
  warmupEpochs: optional(warmupLength, 0),
};

/** Declares {@link StepDecayOptions}. */
export const stepDecayOptions = options({
  /** The rate of the first epochs. */
  initial: required(rate),
  /** The rate is multiplied by `gamma` each time so many epochs have passed. */
  every: required(epoch),
  ...falling,
});

/** Settings of {@link stepDecay}. */
export interface StepDecayOptions extends Given<typeof stepDecayOptions> {}

/** rate = initial · γ^⌊epoch / every⌋, PyTorch's `StepLR`. */
export function stepDecay(given: StepDecayOptions): ScheduleFactory {
  const settings = resolve(stepDecayOptions, given, 'stepDecay options');
  const { initial, every, gamma, warmupEpochs } = settings;
  const config = { name: 'stepDecay', initial, every, gamma };
  return withWarmup(
    scheduleFactory(
      config,
      ({ stepsPerEpoch }) =>
        (step) =>
          initial * gamma ** Math.floor(step / stepsPerEpoch / every),
    ),
    warmupEpochs,
  );
}

/** Declares {@link MultiStepOptions}. */
export const multiStepOptions = options({
  /** The rate before the first milestone. */
  initial: required(rate),
  /** Epochs, rising, at whose start the rate is multiplied by `gamma`; counted after the warm-up. */
  milestones: required(list(epoch, 'epochs, rising, such as [100, 150]')),
  ...falling,
});

/** Settings of {@link multiStep}. */
export interface MultiStepOptions extends Given<typeof multiStepOptions> {}

/** rate = initial · γ^(milestones passed), PyTorch's `MultiStepLR`. */
export function multiStep(given: MultiStepOptions): ScheduleFactory {
  const settings = resolve(multiStepOptions, given, 'multiStep options');
  const { initial, milestones, gamma, warmupEpochs } = settings;
  milestones.forEach((milestone, i) => {
    const before = milestones[i - 1];
    if (before !== undefined && before >= milestone) {
      throw new RangeError(`milestones: got ${before} before ${milestone}, takes rising epochs`);
    }
  });
  const config = { name: 'multiStep', initial, milestones, gamma };
  return withWarmup(
    scheduleFactory(
      config,
      ({ stepsPerEpoch }) =>
        (step) =>
          initial *
          gamma ** milestones.filter((milestone) => step >= milestone * stepsPerEpoch).length,
    ),
    warmupEpochs,
  );
}
