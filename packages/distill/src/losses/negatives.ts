import type { Random } from '@mnet/core/random';

/** The images of a training set by class, to draw from those of other classes. */
export class Negatives {
  readonly #labels: Int32Array;
  /** All positions, class by class. */
  readonly #order: Int32Array;
  /** Where each class begins in that order, and after the last one its end. */
  readonly #starts: Int32Array;

  /** @param labels of all images, from 0 */
  constructor(labels: Int32Array) {
    const classes = labels.reduce((most, label) => Math.max(most, label), -1) + 1;
    const starts = new Int32Array(classes + 1);
    for (const label of labels) starts[label + 1]! += 1;
    for (let label = 0; label < classes; label++) starts[label + 1]! += starts[label]!;
    const next = starts.slice();
    this.#order = new Int32Array(labels.length);
    labels.forEach((label, position) => {
      this.#order[next[label]!++] = position;
    });
    this.#labels = labels;
    this.#starts = starts;
  }

  /**
   * Draws images of other classes than each given one's, evenly and with repetition.
   *
   * @param positions of the given images
   * @param count how many for each
   * @returns how often each image was drawn, [positions, images]
   * @throws if all images are of one class.
   */
  draw(positions: Int32Array, count: number, random: Random): Float32Array {
    const images = this.#labels.length;
    const order = this.#order;
    const drawn = new Float32Array(positions.length * images);
    const places = new Uint32Array(count);
    positions.forEach((position, row) => {
      const label = this.#labels[position]!;
      const start = this.#starts[label]!;
      const own = this.#starts[label + 1]! - start;
      if (own === images) {
        throw new RangeError(
          `labels: got class ${label} for all ${images} images, takes images of two classes or more, for negatives`,
        );
      }
      random.belowInto(images - own, places);
      for (let i = 0; i < count; i++) {
        const at = places[i]!;
        drawn[row * images + order[at < start ? at : at + own]!]! += 1;
      }
    });
    return drawn;
  }
}
