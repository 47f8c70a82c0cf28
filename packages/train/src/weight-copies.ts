import { add, tidy, type Variable, variable, zerosLike } from '@tensorflow/tfjs-core';
import { readValues, writeValues } from './variables.ts';

/** Copies of weights that follow them, in memory of their own: they begin as the weights are, and a checkpoint keeps them. */
export class WeightCopies {
  protected readonly weights: readonly Variable[];
  protected readonly copies: readonly Variable[];
  /** The option that asks for them, for errors. */
  readonly #name: string;

  constructor(weights: readonly Variable[], name: string) {
    this.weights = weights;
    // Adding zero makes a copy: an optimizer may write into the weight's own memory.
    this.copies = weights.map((w) => tidy(() => variable(add(w, zerosLike(w)), false)));
    this.#name = name;
  }

  read(): Promise<Float32Array[]> {
    return readValues(this.copies);
  }

  write(values: readonly Float32Array[]): void {
    writeValues(this.copies, values, this.#name);
  }

  dispose(): void {
    for (const copy of this.copies) copy.dispose();
  }
}
