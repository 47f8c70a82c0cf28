import { add, mul, tidy, type Variable, variable, zerosLike } from '@tensorflow/tfjs-core';
import { booleanValue, knownOptions, numberIn } from '@mnet/core/check';
import { readValues, writeValues } from './variables.ts';

/** Settings of the moving average of the weights. */
export interface EmaOptions {
  /** d, from 0 to 1; 0.999 averages over about the last 1,000 steps. */
  decay: number;
  /** Uses min(d, (1 + t) / (10 + t)) at step t, so that the start is forgotten sooner. Default true. */
  warmup?: boolean;
}

/** Checks the settings and fills in the defaults. */
export function resolveEma(options: EmaOptions): Required<EmaOptions> {
  knownOptions(options, ['decay', 'warmup'], 'ema');
  const { decay, warmup = true } = options;
  numberIn(decay, 0, 1, 'ema.decay');
  booleanValue(warmup, 'ema.warmup');
  return { decay, warmup };
}

/**
 * Exponential moving average of all of a model's weights, BatchNorm's statistics included:
 *
 *     a ← d·a + (1 − d)·w
 *
 * Source: Polyak and Juditsky 1992; the warm-up is that of TensorFlow's ExponentialMovingAverage.
 */
export class Ema {
  readonly #options: Required<EmaOptions>;
  readonly #weights: readonly Variable[];
  readonly #averages: readonly Variable[];

  constructor(weights: readonly Variable[], options: Required<EmaOptions>) {
    this.#options = options;
    this.#weights = weights;
    // Adding zero makes a copy: an optimizer may write into the weight's own memory.
    this.#averages = weights.map((w) => tidy(() => variable(add(w, zerosLike(w)), false)));
  }

  /** @param step which update this is, from 1 */
  update(step: number): void {
    const { decay, warmup } = this.#options;
    const d = warmup ? Math.min(decay, (1 + step) / (10 + step)) : decay;
    this.#averages.forEach((average, i) => {
      const weight = this.#weights[i] as Variable;
      tidy(() => average.assign(add(mul(average, d), mul(weight, 1 - d))));
    });
  }

  read(): Promise<Float32Array[]> {
    return readValues(this.#averages);
  }

  write(values: readonly Float32Array[]): void {
    writeValues(this.#averages, values, 'ema');
  }

  dispose(): void {
    for (const average of this.#averages) average.dispose();
  }
}
