import { knownOptions } from '@mnet/core/check';
import { checkRate, type Schedule, scheduleFactory, type ScheduleFactory } from './schedule.ts';
import { checkWarmupEpochs, withWarmup } from './warmup.ts';

/** Settings of {@link cosine} and {@link linear}. */
export interface AnnealingOptions {
  /** The highest rate, reached after the warm-up. */
  peak: number;
  /** The rate that the last step comes close to; default 0. */
  final?: number;
  /** Linear warm-up from near 0 to `peak`, fractions allowed; default 0. */
  warmupEpochs?: number;
}

/**
 * Cosine annealing without restarts, at each step s of S:
 *
 *     rate = final + (peak − final) · (1 + cos(π · s / S)) / 2
 *
 * Source: Loshchilov and Hutter 2017, "SGDR", equation 5, https://arxiv.org/abs/1608.03983
 */
export function cosine(options: AnnealingOptions): ScheduleFactory {
  return annealing('cosine', options, (progress) => (1 + Math.cos(Math.PI * progress)) / 2);
}

/** Linear annealing, at each step s of S: rate = final + (peak − final) · (1 − s / S). */
export function linear(options: AnnealingOptions): ScheduleFactory {
  return annealing('linear', options, (progress) => 1 - progress);
}

function annealing(
  name: string,
  options: AnnealingOptions,
  shape: (progress: number) => number,
): ScheduleFactory {
  knownOptions(options, ['peak', 'final', 'warmupEpochs'], `${name} options`);
  const { peak, final = 0, warmupEpochs = 0 } = options;
  checkRate(peak, 'peak');
  checkRate(final, 'final');
  if (final > peak) throw new RangeError(`final: got ${final}, takes at most peak, ${peak}`);
  checkWarmupEpochs(warmupEpochs, 'warmupEpochs');
  const annealed = scheduleFactory({ name, peak, final }, (context): Schedule => {
    const steps = context.epochs * context.stepsPerEpoch;
    return (step) => final + (peak - final) * shape(Math.min(step / steps, 1));
  });
  return withWarmup(annealed, warmupEpochs);
}
