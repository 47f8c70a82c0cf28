import { show } from '@mnet/core/check';
import { sha256 } from '@mnet/core/files';
import type { Variable } from '@tensorflow/tfjs-core';
import { Ema } from './ema.ts';
import { checkFreeze, frozenAfter, type Trained, trainedIn } from './freezing.ts';
import { Lookahead } from './lookahead.ts';
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
  readonly lookahead: Lookahead | undefined;
  readonly #freeze: ResolvedOptions['freeze'];
  /** See `TrainingState`. */
  readonly #treatment: string;

  constructor(
    model: ModelVariables,
    own: readonly Variable[],
    {
      optimizer,
      ema,
      lookahead,
      freeze,
    }: Pick<ResolvedOptions, 'optimizer' | 'ema' | 'lookahead' | 'freeze'>,
  ) {
    this.weights = model.all;
    this.variables = [...model.all, ...own];
    this.trainable = [...model.trainable, ...own.filter(({ trainable }) => trainable)];
    checkFreeze(this.trainable, freeze);
    this.#freeze = freeze;
    this.optimizer = optimizer.bind(this.trainable);
    if (typeof this.optimizer.updates !== 'number') {
      throw new TypeError(
        `optimizer: '${optimizer.name}' gives ${show(this.optimizer.updates)} as its count of updates, takes a number`,
      );
    }
    const { coefficients = null } = this.optimizer;
    const treatment = [coefficients, frozenAfter(this.trainable, freeze)];
    this.#treatment = sha256([JSON.stringify(treatment)]);
    this.ema = ema && new Ema(model.all, ema);
    this.lookahead = lookahead && new Lookahead(model.all, lookahead);
  }

  /**
   * The variables that are trained in an epoch, and what updates them.
   *
   * @param epoch from 0
   */
  trainedIn(epoch: number): Trained {
    return trainedIn(epoch, this.trainable, this.optimizer, this.#freeze);
  }

  /**
   * The values of the weights that count beside the trained ones: averaged, or slow; undefined: the trained ones do, as they do
   * until the first look back, before which the slow ones are those that the training began with.
   */
  async counted(): Promise<Float32Array[] | undefined> {
    const { ema, lookahead, optimizer } = this;
    if (ema) return ema.read();
    return lookahead?.hasLookedBack(optimizer.updates) ? lookahead.read() : undefined;
  }

  /**
   * What follows an update of the weights.
   *
   * @param share of the training's steps that are made, from 0 to 1
   */
  updated(share: number): void {
    const { updates } = this.optimizer;
    this.lookahead?.update(updates, share);
    this.ema?.update(updates);
  }

  /** @param file the checkpoint that the state is of, for errors */
  async restore(state: StoredTrainingState, file: string): Promise<void> {
    matchShapes(file, state, this.variables);
    if (state.treatment !== undefined && state.treatment !== this.#treatment) {
      throw new Error(
        `resume: ${file} was made with other rates or decays of single variables, or others frozen: a filter of decay, groups or freeze takes others than it did; write the same filters, overwrite: true, or another folder`,
      );
    }
    writeValues(this.variables, state.weights, file);
    if (state.optimizer) await this.optimizer.setState(state.optimizer);
    // Average and slow weights began as copies of the weights that the model came with.
    const model = state.weights.slice(0, this.weights.length);
    this.ema?.write(state.average ?? model);
    this.lookahead?.write(state.slow ?? model);
  }

  /** What a checkpoint holds; `values` are those of all variables. */
  async state(values: readonly Float32Array[]): Promise<Omit<TrainingState, 'progress' | 'best'>> {
    const average = await this.ema?.read();
    const slow = await this.lookahead?.read();
    return {
      weights: values,
      optimizer: await this.optimizer.getState(),
      treatment: this.#treatment,
      ...(average ? { average } : {}),
      ...(slow ? { slow } : {}),
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
    this.lookahead?.dispose();
  }
}
