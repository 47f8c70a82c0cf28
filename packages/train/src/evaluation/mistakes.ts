/** An image that was taken for another class. */
export interface Misclassified {
  /** In the data set. */
  readonly index: number;
  /** The true class, by its number. */
  readonly label: number;
  /** The class of the highest probability. */
  readonly guess: number;
  /** That probability, from 0 to 1. */
  readonly confidence: number;
}

/** The most confident mistakes, gathered image by image, so that no logits are kept. */
export class ConfidentMistakes {
  readonly #most: number;
  readonly #kept: Misclassified[] = [];

  /** @param most how many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  add(mistake: Misclassified): void {
    // A NaN is no confidence, and stands before nothing.
    if (!Number.isFinite(mistake.confidence)) return;
    const after = this.#kept.findIndex(({ confidence }) => confidence < mistake.confidence);
    this.#kept.splice(after === -1 ? this.#kept.length : after, 0, mistake);
    if (this.#kept.length > this.#most) this.#kept.pop();
  }

  /** From the highest confidence on; of equal ones the earlier image comes first. */
  get list(): readonly Misclassified[] {
    return this.#kept;
  }
}
