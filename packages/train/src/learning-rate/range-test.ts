/** One step of a learning-rate range test. */
export interface RangeTestPoint {
  readonly rate: number;
  /** Of the step's batch, before its update. */
  readonly loss: number;
  /** The losses so far, averaged with a weight that falls by 0.98 a step, as in fastai. */
  readonly smoothed: number;
}

const DECAY = 0.98;
/** Steps with more than so many times the lowest smoothed loss end the test. */
const DIVERGED = 4;
/** Points that are left out at the end of the curve, where it has turned upwards. */
const TURNED = 5;

/** The losses of a range test, and when it is over, as in fastai's `LRFinder`. */
export class RangeTest {
  readonly points: RangeTestPoint[] = [];
  #sum = 0;
  #best = Number.POSITIVE_INFINITY;
  #over = false;

  /** Whether a loss was not finite, or the curve has diverged. */
  get over(): boolean {
    return this.#over;
  }

  /** Takes the loss of the next step, unless the test is over. */
  add(rate: number, loss: number): void {
    this.#over ||= !Number.isFinite(loss);
    if (this.#over) return;
    this.#sum = DECAY * this.#sum + (1 - DECAY) * loss;
    const smoothed = this.#sum / (1 - DECAY ** (this.points.length + 1));
    this.points.push({ rate, loss, smoothed });
    this.#best = Math.min(this.#best, smoothed);
    this.#over = smoothed > DIVERGED * this.#best;
  }
}

/**
 * The rate at which the smoothed loss falls most steeply over the logarithm of the rate, fastai's `steep`. As in fastai a
 * tenth of the points is left out at the start, and five at the end.
 *
 * @returns undefined where fewer than two points are left, or the loss falls nowhere between them
 */
export function steepest(points: readonly RangeTestPoint[]): number | undefined {
  const kept = points.slice(Math.floor(points.length / 10), -TURNED);
  let rate: number | undefined;
  let steepestSlope = 0;
  for (let i = 0; i + 1 < kept.length; i++) {
    const [here, next] = [kept[i] as RangeTestPoint, kept[i + 1] as RangeTestPoint];
    const slope = (next.smoothed - here.smoothed) / Math.log(next.rate / here.rate);
    if (slope >= steepestSlope) continue;
    steepestSlope = slope;
    rate = here.rate;
  }
  return rate;
}
