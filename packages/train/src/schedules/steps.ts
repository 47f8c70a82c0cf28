import { knownOptions, numberIn, integerFrom } from '@mnet/core/check';
import { checkRate, scheduleFactory, type ScheduleFactory } from './schedule.ts';
import { checkWarmupEpochs, withWarmup } from './warmup.ts';

/** Settings of {@link stepDecay}. */
export interface StepDecayOptions {
  /** The rate of the first epochs. */
  initial: number;
  /** The rate is multiplied by `gamma` each time so many epochs have passed. */
  every: number;
  /** Default 0.1. */
  gamma?: number;
  /** Linear warm-up before the first epoch that counts; default 0. */
  warmupEpochs?: number;
}

/** rate = initial · γ^⌊epoch / every⌋, PyTorch's `StepLR`. */
export function stepDecay(options: StepDecayOptions): ScheduleFactory {
  knownOptions(options, ['initial', 'every', 'gamma', 'warmupEpochs'], 'stepDecay options');
  const { initial, every, gamma = 0.1, warmupEpochs = 0 } = options;
  checkRate(initial, 'initial');
  integerFrom(every, 1, 'every');
  numberIn(gamma, 0, 1, 'gamma');
  checkWarmupEpochs(warmupEpochs, 'warmupEpochs');
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

/** Settings of {@link multiStep}. */
export interface MultiStepOptions {
  /** The rate before the first milestone. */
  initial: number;
  /** Epochs, rising, at whose start the rate is multiplied by `gamma`; counted after the warm-up. */
  milestones: readonly number[];
  /** Default 0.1. */
  gamma?: number;
  /** Linear warm-up before the first epoch that counts; default 0. */
  warmupEpochs?: number;
}

/** rate = initial · γ^(milestones passed), PyTorch's `MultiStepLR`. */
export function multiStep(options: MultiStepOptions): ScheduleFactory {
  knownOptions(options, ['initial', 'milestones', 'gamma', 'warmupEpochs'], 'multiStep options');
  const { initial, milestones, gamma = 0.1, warmupEpochs = 0 } = options;
  checkRate(initial, 'initial');
  milestones.forEach((epoch, i) => {
    integerFrom(epoch, 1, `milestones[${i}]`);
    const before = milestones[i - 1];
    if (before !== undefined && before >= epoch) {
      throw new RangeError(`milestones: got ${before} before ${epoch}, takes rising epochs`);
    }
  });
  numberIn(gamma, 0, 1, 'gamma');
  checkWarmupEpochs(warmupEpochs, 'warmupEpochs');
  const config = { name: 'multiStep', initial, milestones: [...milestones], gamma };
  return withWarmup(
    scheduleFactory(
      config,
      ({ stepsPerEpoch }) =>
        (step) =>
          initial * gamma ** milestones.filter((epoch) => step >= epoch * stepsPerEpoch).length,
    ),
    warmupEpochs,
  );
}
