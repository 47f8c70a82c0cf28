import type { Variable } from '@tensorflow/tfjs-core';
import { Ema } from './ema.ts';
import type { ResolvedOptions } from './options.ts';
import type { BoundOptimizer } from './optimizers/optimizer.ts';
import { matchShapes, type StoredTrainingState, type TrainingState } from './runs/checkpoint.ts';
import { firstNonFinite, readValues, writeValues } from './variables.ts';

/** A model's variables. */
interface ModelVariables {
  readonly all: readonly Variable[];
  readonly trainable: readonly Variable[];
}

/** All of a training that lies in tensors, and copies of them on the host that it may go back to. */
export class TrainedTensors {
  /** The model's weights. */
  readonly weights: readonly Variable[];
  /** All weights, then the objective's own variables. */
  readonly variables: readonly Variable[];
  readonly trainable: readonly Variable[];
  readonly optimizer: BoundOptimizer;
  readonly ema: Ema | undefined;
  /** Values of all variables at the end of the last whole epoch. */
  lastGood: readonly Float32Array[] = [];
  /** Values of the weights at the end of the best epoch. */
  best: readonly Float32Array[] | undefined;

  constructor(
    model: ModelVariables,
    own: readonly Variable[],
    { optimizer, ema }: Pick<ResolvedOptions, 'optimizer' | 'ema'>,
  ) {
    this.weights = model.all;
    this.variables = [...model.all, ...own];
    this.trainable = [...model.trainable, ...own];
    this.optimizer = optimizer.bind(this.trainable);
    this.ema = ema && new Ema(model.all, ema);
  }

  /** @param file the checkpoint that the state is of, for errors */
  async restore(state: StoredTrainingState, file: string): Promise<void> {
    matchShapes(file, state, this.variables);
    writeValues(this.variables, state.weights, file);
    if (state.optimizer) await this.optimizer.setState(state.optimizer);
    this.best = state.best;
    // The average began as a copy of the weights that the model came with.
    this.ema?.write(state.average ?? state.weights.slice(0, this.weights.length));
  }

  /** What a checkpoint holds; `values` are those of all variables. */
  async state(values: readonly Float32Array[]): Promise<Omit<TrainingState, 'progress'>> {
    const average = await this.ema?.read();
    return {
      weights: values,
      optimizer: await this.optimizer.getState(),
      ...(average ? { average } : {}),
      ...(this.best ? { best: this.best } : {}),
    };
  }

  /** The weights that a training ends with: the best epoch's, the averaged ones, or the last. */
  async final(): Promise<readonly Float32Array[]> {
    const average = await this.ema?.read();
    return this.best ?? average ?? this.lastGood.slice(0, this.weights.length);
  }

  read(): Promise<Float32Array[]> {
    return readValues(this.variables);
  }

  write(values: readonly Float32Array[]): void {
    writeValues(this.variables, values, 'weights');
  }

  /** The first variable among whose values is a NaN or an infinity, by name. */
  nonFinite(values: readonly Float32Array[]): string | undefined {
    return firstNonFinite(this.variables, values);
  }

  dispose(): void {
    this.optimizer.dispose();
    this.ema?.dispose();
  }
}
