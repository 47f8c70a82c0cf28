import { type Given, list, number, optional, options, resolve } from '@mnet/core/options';
import { pairedRatio } from './paired-ratio.ts';
import type { RatioInterval } from './ratio-interval.ts';

/** What {@link SlowdownOptions} are made of. */
export const slowdownOptions = options({
  /** By how much a time may be longer, as a share; default 0.05. */
  threshold: optional(number({ above: 0, max: 10 }), 0.05),
  /** Of the interval; default 0.99. */
  confidence: optional(number({ min: 0.5, max: 0.9999 }), 0.99),
  /** How much noise a verdict may have, as a share; default 0.03. */
  precision: optional(number({ above: 0, max: 10 }), 0.03),
});

/** What {@link slowdown} takes beside the times. */
export interface SlowdownOptions extends Given<typeof slowdownOptions> {}

/** What is said of two lists of times that were taken in turns. */
export interface Slowdown extends RatioInterval {
  /** `slower`: by more than the threshold, and beyond the noise. `noisy`: not known to be, within `precision`. `ok`: neither. */
  readonly verdict: 'slower' | 'noisy' | 'ok';
  /** Half of the interval's width, as a share: Infinity where there are too few rounds. */
  readonly noise: number;
  /** Whether the noise is at most `precision`. Until it is, more rounds tell more. */
  readonly precise: boolean;
}

const times = list(number({ above: 0 }), 'positive times, one a round');

/**
 * Whether a program has become slower, from times that were taken in turns (before, after, after, before, …), each of a process of
 * its own, so that a machine whose speed wanders treats both alike. It is slower where the estimated ratio is above
 * 1 + threshold and its whole interval above 1.
 *
 * Rounds may be added until it is `precise`, if that alone decides when to stop. On simulated machines of two speeds, with 12 to
 * 60 rounds, a tenth is then found nearly always, and no change taken for one nearly never
 * (`test/slowdown.test.ts`).
 *
 * @param before milliseconds, one a round
 * @param after the same of the other program, of the same rounds
 * @throws where the lists differ in length, or are empty, or an option is unknown or out of range.
 */
export function slowdown(
  before: readonly number[],
  after: readonly number[],
  given: SlowdownOptions = {},
): Slowdown {
  const { threshold, confidence, precision } = resolve(slowdownOptions, given, 'slowdown options');
  times.check(before, 'before');
  times.check(after, 'after');
  if (before.length !== after.length || before.length === 0) {
    throw new RangeError(
      `after: got ${after.length} times, takes as many as before, which are ${before.length}, at least one`,
    );
  }
  const found = pairedRatio(before, after, confidence);
  const noise = found.low > 0 ? Math.sqrt(found.high / found.low) - 1 : Number.POSITIVE_INFINITY;
  const precise = noise <= precision;
  const slower = found.ratio > 1 + threshold && found.low > 1;
  return { ...found, noise, precise, verdict: slower ? 'slower' : precise ? 'ok' : 'noisy' };
}
