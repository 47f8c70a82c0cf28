import { show } from '@mnet/core/check';
import { type Given, number, options, required, resolve } from '@mnet/core/options';
import { rate, scheduleFactory, type ScheduleFactory, stepsIn } from './schedule.ts';

/** A length of warm-up in epochs, fractions allowed. */
export const warmupLength = number({ min: 0 });

const warmupOptions = options({
  /** Length of the warm-up, fractions allowed, fewer than the training's; 0 is none. */
  epochs: required(warmupLength),
});

/** Settings of {@link warmup}. */
export interface WarmupOptions extends Given<typeof warmupOptions> {}

/**
 * Linear warm-up before another schedule: over the first W steps the rate is the other's first rate times
 * (step + 1) / (W + 1), which is never 0; then the other schedule runs over the epochs that are left.
 *
 * Source: Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 2.2, https://arxiv.org/abs/1706.02677
 *
 * @param schedule what follows the warm-up
 * @throws if it is no schedule, or the option is unknown or out of range.
 */
export function warmup(schedule: ScheduleFactory, given: WarmupOptions): ScheduleFactory {
  if (typeof schedule !== 'function') {
    throw new TypeError(`schedule: got ${show(schedule)}, takes one, such as constant(0.1)`);
  }
  const { epochs } = resolve(warmupOptions, given, 'warmup options');
  const config = { name: 'warmup', epochs, schedule: schedule.config ?? 'custom' };
  return scheduleFactory(config, (context) => {
    if (epochs >= context.epochs) {
      throw new RangeError(
        `warm-up: got ${epochs} epochs, takes fewer than the training's ${context.epochs}`,
      );
    }
    const { stepsPerEpoch } = context;
    // However it is rounded, the other schedule has the last step.
    const warmupSteps = Math.min(Math.round(epochs * stepsPerEpoch), stepsIn(context) - 1);
    const main = schedule({ epochs: context.epochs - warmupSteps / stepsPerEpoch, stepsPerEpoch });
    const peak = rate.check(main(0), 'schedule(0)');
    return (step) =>
      step < warmupSteps ? (peak * (step + 1)) / (warmupSteps + 1) : main(step - warmupSteps);
  });
}

/** Wraps a schedule in its own `warmupEpochs`, keeping its settings as they were written. */
export function withWarmup(schedule: ScheduleFactory, warmupEpochs: number): ScheduleFactory {
  if (warmupEpochs === 0) return schedule;
  return scheduleFactory(
    { ...schedule.config, warmupEpochs },
    warmup(schedule, { epochs: warmupEpochs }),
  );
}
