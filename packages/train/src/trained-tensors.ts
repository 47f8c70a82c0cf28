import { show } from '@mnet/core/check';
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

/** All of a training that lies in tensors. */
export class TrainedTensors {
  /** The model's weights. */
  readonly weights: readonly Variable[];
  /** All weights, then the objective's own variables. */
  readonly variables: readonly Variable[];
  readonly trainable: readonly Variable[];
  readonly optimizer: BoundOptimizer;
  readonly ema: Ema | undefined;

  constructor(
    model: ModelVariables,
    own: readonly Variable[],
    { optimizer, ema }: Pick<ResolvedOptions, 'optimizer' | 'ema'>,
  ) {
    this.weights = model.all;
    this.variables = [...model.all, ...own];
    this.trainable = [...model.trainable, ...own.filter(({ trainable }) => trainable)];
    this.optimizer = optimizer.bind(this.trainable);
    if (typeof this.optimizer.updates !== 'number') {
      throw new TypeError(
        `optimizer: '${optimizer.name}' gives ${show(this.optimizer.updates)} as its count of updates, takes a number`,
      );
    }
    this.ema = ema && new Ema(model.all, ema);
  }

  /** @param file the checkpoint that the state is of, for errors */
  async restore(state: StoredTrainingState, file: string): Promise<void> {
    matchShapes(file, state, this.variables);
    writeValues(this.variables, state.weights, file);
    if (state.optimizer) await this.optimizer.setState(state.optimizer);
    // The average began as a copy of the weights that the model came with.
    this.ema?.write(state.average ?? state.weights.slice(0, this.weights.length));
  }

  /** What a checkpoint holds; `values` are those of all variables. */
  async state(values: readonly Float32Array[]): Promise<Omit<TrainingState, 'progress' | 'best'>> {
    const average = await this.ema?.read();
    return {
      weights: values,
      optimizer: await this.optimizer.getState(),
      ...(average ? { average } : {}),
    };
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
