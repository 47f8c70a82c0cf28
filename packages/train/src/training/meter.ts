import type { MeterState } from '../runs/checkpoint.ts';

/** Means over the steps of one epoch, weighted by the images of each step. */
export class Meter {
  images: number;
  #loss: number;
  #correct: number;
  readonly #terms: Map<string, number>;

  constructor(state: Omit<MeterState, 'seconds'> = { images: 0, loss: 0, correct: 0, terms: {} }) {
    this.images = state.images;
    this.#loss = state.loss;
    this.#correct = state.correct;
    this.#terms = new Map(Object.entries(state.terms));
  }

  /** @param figures loss, images recognised, terms; the loss and the terms are means over the batch */
  add(figures: Float32Array, termNames: readonly string[], images: number): void {
    const [loss = 0, correct = 0, ...terms] = figures;
    this.images += images;
    this.#loss += loss * images;
    this.#correct += correct;
    termNames.forEach((name, i) => {
      this.#terms.set(name, (this.#terms.get(name) ?? 0) + (terms[i] as number) * images);
    });
  }

  get loss(): number {
    return this.#loss / this.images;
  }

  get accuracy(): number {
    return this.#correct / this.images;
  }

  /** Mean of each term, or undefined where the loss has none. */
  get terms(): Record<string, number> | undefined {
    if (this.#terms.size === 0) return undefined;
    return Object.fromEntries([...this.#terms].map(([name, sum]) => [name, sum / this.images]));
  }

  get state(): Omit<MeterState, 'seconds'> {
    return {
      images: this.images,
      loss: this.#loss,
      correct: this.#correct,
      terms: Object.fromEntries(this.#terms),
    };
  }
}
