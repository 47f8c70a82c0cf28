import { Random } from '@mnet/core/random';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** TensorFlow.js's own Dropout and SpatialDropout1D, which draw from `seed` at each call. */
interface StockDropout {
  seed: number | null | undefined;
}

/** Names the stream of random numbers; the batches of `@mnet/data` take others of the same seed. */
const DROPOUT = 1001;

/**
 * Gives every stock dropout layer of a model a new seed at each step, decided by the training's seed and the step:
 * masks differ from step to step, and a run with the same seed draws the same ones. By itself such a layer repeats
 * one mask when it is seeded and cannot be reproduced when it is not.
 */
export class DropoutSeeds {
  readonly #layers: StockDropout[];
  readonly #before: (number | null | undefined)[];
  readonly #seed: number;

  constructor(model: LayersModel, seed: number) {
    this.#layers = stockDropouts(model);
    this.#before = this.#layers.map((layer) => layer.seed);
    this.#seed = seed;
  }

  /** How many such layers there are. */
  get layers(): number {
    return this.#layers.length;
  }

  /** @param step steps made so far, over all epochs */
  set(step: number): void {
    this.#layers.forEach((layer, i) => {
      layer.seed = new Random(this.#seed, DROPOUT, step, i).next();
    });
  }

  /** Puts back the seeds that the model was built with, which are saved with it. */
  restore(): void {
    this.#layers.forEach((layer, i) => {
      layer.seed = this.#before[i];
    });
  }
}

function stockDropouts(model: { layers: readonly object[] }): StockDropout[] {
  return model.layers.flatMap((layer) => {
    if ('layers' in layer && Array.isArray(layer.layers)) {
      return stockDropouts(layer as { layers: object[] });
    }
    return 'noiseShape' in layer && 'seed' in layer ? [layer as StockDropout] : [];
  });
}
