import { type Given, optional, options, required, resolve } from '@mnet/core/options';
import { rate, type Schedule, scheduleFactory, type ScheduleFactory } from './schedule.ts';
import { warmupLength, withWarmup } from './warmup.ts';

/** Declares {@link AnnealingOptions}. */
export const annealingOptions = options({
  /** The highest rate, reached after the warm-up. */
  peak: required(rate),
  /** The rate that the last step comes close to, at most `peak`; default 0. */
  final: optional(rate, 0),
  /** Linear warm-up from near 0 to `peak`, fractions allowed; default 0. */
  warmupEpochs: optional(warmupLength, 0),
});

/** Settings of {@link cosine} and {@link linear}. */
export interface AnnealingOptions extends Given<typeof annealingOptions> {}

/**
 * Cosine annealing without restarts, at each step s of S:
 *
 *     rate = final + (peak − final) · (1 + cos(π · s / S)) / 2
 *
 * Source: Loshchilov and Hutter 2017, "SGDR", equation 5, https://arxiv.org/abs/1608.03983
 */
export function cosine(given: AnnealingOptions): ScheduleFactory {
  return annealing('cosine', given, (progress) => (1 + Math.cos(Math.PI * progress)) / 2);
}

/** Linear annealing, at each step s of S: rate = final + (peak − final) · (1 − s / S). */
export function linear(given: AnnealingOptions): ScheduleFactory {
  return annealing('linear', given, (progress) => 1 - progress);
}

function annealing(
  name: string,
  given: AnnealingOptions,
  shape: (progress: number) => number,
): ScheduleFactory {
  const { peak, final, warmupEpochs } = resolve(annealingOptions, given, `${name} options`);
  if (final > peak) throw new RangeError(`final: got ${final}, takes at most peak, ${peak}`);
  const annealed = scheduleFactory({ name, peak, final }, (context): Schedule => {
    const steps = context.epochs * context.stepsPerEpoch;
    return (step) => final + (peak - final) * shape(Math.min(step / steps, 1));
  });
  return withWarmup(annealed, warmupEpochs);
}
