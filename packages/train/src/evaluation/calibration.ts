/** The images of one range of confidence. */
export interface ReliabilityBin {
  /** Above which confidence, from 0 to 1. */
  readonly above: number;
  /** Up to which confidence, inclusive. */
  readonly upTo: number;
  /** Mean of the highest probability of each image; null of a bin without images. */
  readonly confidence: number | null;
  /** Share of the images that are recognised; null of a bin without images. */
  readonly accuracy: number | null;
  readonly count: number;
}

const BINS = 15;

/**
 * How far a classifier's confidence is its accuracy, gathered image by image: sums of 15 bins of equal width, so that no
 * logits are kept.
 *
 * Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2, https://arxiv.org/abs/1706.04599
 */
export class Calibration {
  readonly #confidence = new Float64Array(BINS);
  readonly #correct = new Float64Array(BINS);
  readonly #count = new Float64Array(BINS);

  /** @param confidence the highest of the image's probabilities */
  add(confidence: number, correct: boolean): void {
    // A NaN goes to the first bin, and makes the error NaN.
    const bin = Math.min(Math.max(Math.ceil(confidence * BINS) - 1, 0), BINS - 1) || 0;
    this.#confidence[bin] = (this.#confidence[bin] as number) + confidence;
    this.#correct[bin] = (this.#correct[bin] as number) + (correct ? 1 : 0);
    this.#count[bin] = (this.#count[bin] as number) + 1;
  }

  /** From low to high confidence. */
  get bins(): readonly ReliabilityBin[] {
    return Array.from(this.#count, (count, bin) => ({
      above: bin / BINS,
      upTo: (bin + 1) / BINS,
      confidence: count === 0 ? null : (this.#confidence[bin] as number) / count,
      accuracy: count === 0 ? null : (this.#correct[bin] as number) / count,
      count,
    }));
  }

  /** Expected calibration error: Σ |accuracy − confidence| · count / all, over the bins. */
  get error(): number {
    const images = this.#count.reduce((sum, count) => sum + count, 0);
    const gaps = this.#correct.reduce(
      (sum, correct, bin) => sum + Math.abs(correct - (this.#confidence[bin] as number)),
      0,
    );
    return gaps / images;
  }
}
