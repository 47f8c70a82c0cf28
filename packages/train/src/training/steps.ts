import { type Batch, batches, type ImageDataset } from '@mnet/data';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { BatchesAhead } from '../batches-ahead.ts';
import { breather } from '../breathe.ts';
import { DropoutSeeds } from '../dropout.ts';
import type { ResolvedOptions } from '../options.ts';
import { TrainSteps } from '../step.ts';
import type { TrainedTensors } from '../trained-tensors.ts';
import { type Plan, stepsOf } from './plan.ts';

/** A step that is done. */
export interface DoneStep {
  /** Loss, images recognised, then the terms. */
  readonly figures: Float32Array;
  readonly terms: readonly string[];
  readonly images: number;
  readonly rate: number;
}

/** How steps were made by this process. */
export interface StepsMade {
  /** In all. */
  readonly steps: number;
  /** Of these, replayed from a record, without JavaScript between the kernels. */
  readonly replayed: number;
  /** Why others were not, beyond those that a record takes; absent where there is no such reason. */
  readonly reason?: string;
}

/** A step under way. */
interface StartedStep extends Omit<DoneStep, 'figures'> {
  readonly figures: Tensor1D;
}

/** Who makes steps, and hears of them. */
interface Listener {
  /** Asked before each step; false ends the epoch there. */
  mayGoOn(): boolean;
  /** A step is under way: the time for work of the host that needs no tensor. */
  onStarted?(): void;
  /** Called, and waited for, when a step is done; the next one is under way then, where there is one. */
  onDone(step: DoneStep): Promise<void>;
  /**
   * Whether to wait for a step before the next one.
   *
   * @param step from 0, within the epoch
   */
  pausesAfter?(step: number): boolean;
  /** No step is under way, and `onDone` has told of all: the tensors are those of one moment. */
  onPause?(): Promise<void>;
}

/** Makes a training's steps, so that workers or a device are not left waiting between them. */
export class Steps {
  readonly #model: LayersModel;
  readonly #dataset: ImageDataset;
  readonly #options: ResolvedOptions;
  readonly #plan: Plan;
  readonly #tensors: TrainedTensors;
  readonly #dropout: DropoutSeeds;
  readonly #breathe = breather();
  readonly #unread = new Set<Tensor1D>();
  #replayed = 0;
  #made = 0;
  #reason: string | undefined;

  constructor(
    model: LayersModel,
    dataset: ImageDataset,
    options: ResolvedOptions,
    plan: Plan,
    tensors: TrainedTensors,
  ) {
    this.#model = model;
    this.#dataset = dataset;
    this.#options = options;
    this.#plan = plan;
    this.#tensors = tensors;
    this.#dropout = new DropoutSeeds(model, options.seed);
  }

  /**
   * Makes the steps of an epoch, from a step on, to its end or until the listener says so. When it returns, no step is
   * under way, and it may be called again for the rest.
   *
   * @param epoch from 0
   * @param from steps of the epoch that are done
   */
  async make(epoch: number, from: number, listener: Listener): Promise<void> {
    // One for each call: between two, evaluations need the record's memory, and a callback may have changed the model.
    const refused = this.#refused();
    const steps = new TrainSteps(refused === undefined);
    try {
      await this.#make(steps, epoch, from, listener);
    } finally {
      this.#replayed += steps.replayed;
      this.#reason = refused ?? steps.reason ?? this.#reason;
      steps.dispose();
    }
  }

  /** Why no step is to be recorded, where that is known before. */
  #refused(): string | undefined {
    if (!this.#options.capture) return 'capture is false';
    if (this.#dropout.layers > 0)
      return 'the model has dropout layers of TensorFlow.js, which draw at each step';
    return undefined;
  }

  async #make(steps: TrainSteps, epoch: number, from: number, listener: Listener): Promise<void> {
    const { batchSize, seed, augment, dropLast } = this.#options;
    const pass = { batchSize, shuffle: true, seed, dropLast, ...(augment && { augment }) };
    const ahead = new BatchesAhead(batches(this.#dataset, { ...pass, epoch, startBatch: from }));
    let last: StartedStep | undefined;
    try {
      const end = stepsOf(this.#plan, epoch);
      for (let step = from; step < end && listener.mayGoOn(); step++) {
        const started = ahead.take((batch) => this.#start(steps, batch, epoch, step));
        if (!started) break;
        // All that the host has to do is done while the step runs; what waits for tensors comes last.
        await this.#breathe();
        if (step + 1 < end) ahead.prepare();
        listener.onStarted?.();
        if (last) await listener.onDone(await this.#read(last));
        last = started;
        if (!listener.pausesAfter?.(step)) continue;
        await listener.onDone(await this.#read(last));
        last = undefined;
        await listener.onPause?.();
      }
      if (last) await listener.onDone(await this.#read(last));
    } finally {
      ahead.dispose();
    }
  }

  #start(steps: TrainSteps, batch: Batch, epoch: number, place: number): StartedStep {
    const { stepsPerEpoch, schedule } = this.#plan;
    const step = epoch * stepsPerEpoch + place;
    const rate = schedule(step);
    this.#dropout.set(step);
    const { updates } = this.#tensors.optimizer;
    const { figures, terms } = steps.make({
      model: this.#model,
      objective: this.#options.objective,
      batch,
      epoch,
      step,
      stepsPerEpoch,
      ...this.#tensors.trainedIn(epoch),
      learningRate: rate,
    });
    this.#made++;
    this.#unread.add(figures);
    // Where gradients are accumulated, most steps change nothing.
    if (this.#tensors.optimizer.updates > updates)
      this.#tensors.updated((step + 1) / this.#plan.steps);
    return { figures, terms, images: batch.indices.length, rate };
  }

  async #read({ figures, ...rest }: StartedStep): Promise<DoneStep> {
    const values = await figures.data<'float32'>();
    figures.dispose();
    this.#unread.delete(figures);
    return { ...rest, figures: values };
  }

  /** How the steps were made. */
  get capture(): StepsMade {
    const reason = this.#reason;
    return {
      steps: this.#made,
      replayed: this.#replayed,
      ...(reason === undefined ? {} : { reason }),
    };
  }

  /** Frees what was not read, and gives the model's dropout layers their own seeds back. */
  dispose(): void {
    this.#dropout.restore();
    for (const figures of this.#unread) figures.dispose();
    this.#unread.clear();
  }
}
