import {
  boolean,
  choice,
  type Given,
  number,
  optional,
  options,
  required,
  type Resolved,
  resolve,
} from '@mnet/core/options';
import { rate, scheduleFactory, type ScheduleFactory } from './schedule.ts';

/** Declares {@link OneCycleOptions}. */
export const oneCycleOptions = options({
  /** The highest rate, PyTorch's `max_lr`. */
  peak: required(rate),
  /** Share of the steps in which the rate rises, from 0 to 1, or to 0.5 with `threePhase`; default 0.3. */
  warmupShare: optional(number({ min: 0, max: 1 }), 0.3),
  /** `peak` divided by this is the first rate, from 1; default 25. */
  divFactor: optional(number({ min: 1 }), 25),
  /** The first rate divided by this is the last one, from 1; default 10000. */
  finalDivFactor: optional(number({ min: 1 }), 1e4),
  /** The shape of each phase; default `cosine`. */
  anneal: optional(choice(['cosine', 'linear']), 'cosine'),
  /** Falls to the first rate in as many steps as it has risen, and only then to the last; default false. */
  threePhase: optional(boolean(), false),
});

/** Settings of {@link oneCycle}. */
export interface OneCycleOptions extends Given<typeof oneCycleOptions> {}

type Settings = Resolved<typeof oneCycleOptions>;

/** Where a phase ends, in steps, fractions included, and at which rate. */
interface PhaseEnd {
  readonly step: number;
  readonly rate: number;
}

/**
 * One cycle of the rate over the whole training, PyTorch's `OneCycleLR`: up from peak / divFactor to `peak` at step
 * warmupShare · S − 1 of S, then down to peak / (divFactor · finalDivFactor) at the last step. With `threePhase` it is back at
 * peak / divFactor at step 2 · warmupShare · S − 2. A phase from a to b at its share p is
 *
 *     cosine: b + (a − b) · (1 + cos(π · p)) / 2
 *     linear: a + (b − a) · p
 *
 * Momentum stays as the optimizer has it: PyTorch's `cycle_momentum` is not part of this, so compare with
 * `cycle_momentum=False`.
 *
 * Source: Smith and Topin 2018, "Super-Convergence", https://arxiv.org/abs/1708.07120
 *
 * @throws TypeError or RangeError for an unknown option, a missing peak, or a value out of range
 */
export function oneCycle(given: OneCycleOptions): ScheduleFactory {
  const settings = resolve(oneCycleOptions, given, 'oneCycle options');
  const { peak, divFactor, threePhase, warmupShare } = settings;
  if (threePhase && warmupShare > 0.5) {
    throw new RangeError(
      `warmupShare: got ${warmupShare} with threePhase, takes a number from 0 to 0.5`,
    );
  }
  return scheduleFactory({ name: 'oneCycle', ...settings }, ({ epochs, stepsPerEpoch }) => {
    const ends = phaseEnds(settings, epochs * stepsPerEpoch);
    const start = { step: 0, rate: peak / divFactor };
    return (step) => rateAt(step, start, ends, shapes[settings.anneal]);
  });
}

/** @param steps of the whole training */
function phaseEnds(
  { peak, warmupShare, divFactor, finalDivFactor, threePhase }: Settings,
  steps: number,
): readonly PhaseEnd[] {
  const initial = peak / divFactor;
  const rising = warmupShare * steps;
  return [
    { step: rising - 1, rate: peak },
    ...(threePhase ? [{ step: 2 * rising - 2, rate: initial }] : []),
    { step: steps - 1, rate: initial / finalDivFactor },
  ];
}

type Shape = (from: number, to: number, progress: number) => number;

const shapes: Record<Settings['anneal'], Shape> = {
  cosine: (from, to, progress) => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * progress)),
  linear: (from, to, progress) => from + (to - from) * progress,
};

/** The rate of the first phase that has not ended; after the last phase, its end's. */
function rateAt(step: number, start: PhaseEnd, ends: readonly PhaseEnd[], shape: Shape): number {
  let from = start;
  for (const to of ends) {
    if (step < to.step) {
      return shape(from.rate, to.rate, (step - from.step) / (to.step - from.step));
    }
    from = to;
  }
  return from.rate;
}
