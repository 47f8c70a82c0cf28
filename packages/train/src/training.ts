import { type Batch, batches, type ImageDataset } from '@mnet/data-cifar';
import { fileSystem } from '@mnet/layers';
import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { warnOfFewSteps } from './batch-norm/few-steps.ts';
import { breather } from './breathe.ts';
import { notify, type StepInfo } from './callbacks/callback.ts';
import { countParameters } from './classifier.ts';
import { DropoutSeeds } from './dropout.ts';
import { shouldStop } from './early-stopping.ts';
import { Ema } from './ema.ts';
import { TrainingAbortedError, TrainingDivergedError } from './errors.ts';
import { perClassAccuracy } from './evaluation/confusion.ts';
import { type Evaluation, evaluate } from './evaluation/evaluate.ts';
import { Meter } from './meter.ts';
import { optionsConfig, type ResolvedOptions, type TrainingData } from './options.ts';
import { noteClassifier } from './note-classifier.ts';
import type { BoundOptimizer } from './optimizers/optimizer.ts';
import { matchShapes, readCheckpoint, writeCheckpoint } from './runs/checkpoint.ts';
import { compareConfigs } from './runs/compare-configs.ts';
import { environment } from './runs/environment.ts';
import { createRun, openRun, type Run, runExists } from './runs/run.ts';
import {
  bestEpoch,
  type EpochRecord,
  type RunConfig,
  type RunRecord,
  type TestRecord,
} from './runs/run-record.ts';
import { checkRate, type Schedule } from './schedules/schedule.ts';
import { type StepOutcome, trainStep } from './step.ts';
import type { TrainResult } from './train.ts';
import { firstNonFinite, readValues, variablesOf, writeValues } from './variables.ts';

/**
 * The state of one training and its course. Between two steps, `epoch`, `step`, `meter`, `history` and the tensors
 * are a whole state, which a checkpoint can hold.
 */
export class Training {
  readonly #model: LayersModel;
  readonly #data: TrainingData;
  readonly #options: ResolvedOptions;
  readonly #stepsPerEpoch: number;
  readonly #schedule: Schedule;
  readonly #config: Omit<RunConfig, 'format' | 'name'>;
  readonly #dropout: DropoutSeeds;
  readonly #breathe = breather();
  readonly #weights: readonly Variable[];

  /** All weights, then the objective's own variables. */
  #variables: readonly Variable[];
  #trainable: readonly Variable[];
  #optimizer: BoundOptimizer | undefined;
  #ema: Ema | undefined;
  #run: Run | undefined;

  #epoch = 0;
  #step = 0;
  #meter = new Meter();
  #history: readonly EpochRecord[] = [];
  #status: TrainResult['status'] | undefined;
  #test: TestRecord | undefined;
  /** Values of all variables at the end of the last whole epoch. */
  #lastGood: readonly Float32Array[] = [];
  /** Values of the weights at the end of the best epoch. */
  #best: readonly Float32Array[] | undefined;

  /** Figures of steps that are not read yet. */
  readonly #unread = new Set<StepOutcome['figures']>();
  /** What this process has spent, for the estimate of the time left. */
  readonly #spent = { steps: 0, stepSeconds: 0, evaluations: 0, evaluationSeconds: 0 };

  constructor(model: LayersModel, data: TrainingData, options: ResolvedOptions) {
    this.#model = model;
    this.#data = data;
    this.#options = options;
    const { batchSize, dropLast, epochs } = options;
    const whole = data.train.length / batchSize;
    this.#stepsPerEpoch = dropLast ? Math.floor(whole) : Math.ceil(whole);
    if (this.#stepsPerEpoch === 0) {
      throw new RangeError(
        `batchSize: got ${batchSize} with dropLast, takes at most the ${data.train.length} training images`,
      );
    }
    this.#schedule = options.schedule({ epochs, stepsPerEpoch: this.#stepsPerEpoch });
    if (typeof this.#schedule !== 'function') {
      throw new TypeError(
        'schedule: its result is no function, takes ({ epochs, stepsPerEpoch }) => (step) => rate',
      );
    }
    const { all, trainable } = variablesOf(model);
    this.#weights = all;
    this.#variables = all;
    this.#trainable = trainable;
    this.#dropout = new DropoutSeeds(model, options.seed);
    this.#config = describe(model, data, options);
  }

  async run(): Promise<TrainResult> {
    const resumed = this.#openRun();
    try {
      await notify(this.#options.callbacks, 'onTrainBegin', {
        model: this.#model,
        epochs: this.#options.epochs,
        stepsPerEpoch: this.#stepsPerEpoch,
        batchSize: this.#options.batchSize,
        images: this.#data.train.length,
        epochsDone: this.#history.length,
      });
      if (this.#status === undefined) {
        await this.#prepare(resumed);
        const { epochs, earlyStopping } = this.#options;
        const early = (): boolean =>
          earlyStopping !== undefined && shouldStop(this.#history, earlyStopping);
        while (this.#epoch < epochs && !early()) await this.#trainEpoch();
        await this.#finish(this.#epoch < epochs ? 'stopped-early' : 'finished');
      }
      await notify(this.#options.callbacks, 'onTrainEnd', this.#model);
    } catch (error) {
      throw this.#closeRun(error);
    }
    return this.#result();
  }

  dispose(): void {
    this.#options.objective.teardown?.();
    this.#dropout.restore();
    this.#optimizer?.dispose();
    this.#ema?.dispose();
    for (const figures of this.#unread) figures.dispose();
  }

  /** Makes the run folder, or opens it and sets what stands in its checkpoint, except for the state of tensors. */
  #openRun(): ReturnType<typeof readCheckpoint> {
    const { run: dir, resume, overwrite } = this.#options;
    if (dir === undefined) return undefined;
    if (!resume || !runExists(dir)) {
      this.#run = createRun(dir, this.#config, { overwrite });
      return undefined;
    }
    const run = openRun(dir);
    compareConfigs(dir, run.config, this.#config);
    const state = readCheckpoint(run.paths.checkpoint);
    if (state?.progress.complete) {
      matchShapes(run.paths.checkpoint, state, this.#weights);
      writeValues(this.#weights, state.weights, run.paths.checkpoint);
      noteClassifier(this.#model, this.#data.train);
      this.#status = state.progress.complete.status;
      this.#test = state.progress.complete.test;
    }
    if (state) {
      const { epoch, step, meter, history } = state.progress;
      this.#epoch = epoch;
      this.#step = step;
      this.#meter = new Meter(meter);
      this.#history = history;
    }
    this.#run = run;
    // A run that is complete stays as it is.
    if (this.#status === undefined) {
      run.log({ event: 'resume', epoch: this.#epoch + 1, step: this.#step });
      run.writeMetrics(this.#history);
    }
    return state;
  }

  /** Readies everything that holds tensors, from a checkpoint's state where there is one. */
  async #prepare(state: ReturnType<typeof readCheckpoint>): Promise<void> {
    const { objective, augment, epochs, seed, signal, ema } = this.#options;
    const { variables = [] } =
      (await objective.setup?.({
        model: this.#model,
        dataset: this.#data.train,
        augment,
        epochs,
        seed,
        signal,
        progress: (task, done, total) => this.#progress(task, done, total),
      })) ?? {};
    this.#variables = [...this.#weights, ...variables];
    this.#trainable = [...this.#trainable, ...variables];
    this.#optimizer = this.#options.optimizer.bind(this.#trainable);
    if (state) {
      const file = this.#run?.paths.checkpoint ?? '';
      matchShapes(file, state, this.#variables);
      writeValues(this.#variables, state.weights, file);
      if (state.optimizer) await this.#optimizer.setState(state.optimizer);
      this.#best = state.best;
    }
    if (ema) {
      this.#ema = new Ema(this.#weights, ema);
      if (state?.average) this.#ema.write(state.average);
    }
    this.#lastGood = await readValues(this.#variables);
    if (!state) await warnOfFewSteps(this.#model, this.#options.epochs * this.#stepsPerEpoch);
    if (!state) await this.#checkpoint(this.#lastGood);
  }

  /** Trains what is left of the current epoch and closes it. */
  async #trainEpoch(): Promise<void> {
    const { batchSize, seed, augment, dropLast, callbacks, signal } = this.#options;
    const pass = {
      batchSize,
      shuffle: true,
      seed,
      epoch: this.#epoch,
      dropLast,
      startBatch: this.#step,
      ...(augment ? { augment } : {}),
    };
    let dispatched = this.#step;
    let started = performance.now();
    let readLast: (() => Promise<void>) | undefined;
    for (const batch of batches(this.#data.train, pass)) {
      let outcome: StepOutcome | undefined;
      const rate = this.#rateAt(dispatched);
      try {
        if (signal?.aborted) break;
        outcome = this.#dispatch(batch, dispatched, rate);
      } finally {
        batch.images.dispose();
        batch.labels.dispose();
      }
      dispatched += 1;
      const { figures, terms } = outcome;
      const images = batch.indices.length;
      // A step's figures are read when the next one is under way, so that a device is never left waiting.
      await readLast?.();
      readLast = async () => {
        const values = await figures.data<'float32'>();
        figures.dispose();
        this.#unread.delete(figures);
        const now = performance.now();
        this.#countStep(values, terms, images, (now - started) / 1000);
        started = now;
        await notify(callbacks, 'onStepEnd', this.#stepInfo(rate));
      };
      await this.#breathe();
    }
    await readLast?.();
    try {
      signal?.throwIfAborted();
      await this.#closeEpoch();
    } catch (error) {
      if (signal?.aborted && error === signal.reason) await this.#keepAborted();
      throw error;
    }
  }

  #dispatch(batch: Batch, step: number, rate: number): StepOutcome {
    const total = this.#epoch * this.#stepsPerEpoch + step;
    this.#dropout.set(total);
    const context = {
      model: this.#model,
      batch,
      epoch: this.#epoch,
      step: total,
      stepsPerEpoch: this.#stepsPerEpoch,
    };
    const optimizer = this.#optimizer as BoundOptimizer;
    const { objective } = this.#options;
    const outcome = trainStep(objective, context, this.#trainable, optimizer, rate);
    this.#unread.add(outcome.figures);
    this.#ema?.update(total + 1);
    return outcome;
  }

  #countStep(
    figures: Float32Array,
    terms: readonly string[],
    images: number,
    seconds: number,
  ): void {
    this.#step += 1;
    if (!Number.isFinite(figures[0])) this.#diverge(`the loss was ${figures[0]}`);
    this.#meter.add(figures, terms, images);
    this.#meter.seconds += seconds;
    this.#spent.steps += 1;
    this.#spent.stepSeconds += seconds;
  }

  /** Evaluates at the end of an epoch, writes the epoch down and goes on to the next. */
  async #closeEpoch(): Promise<void> {
    const live = await readValues(this.#variables);
    const bad = firstNonFinite(this.#variables, live);
    if (bad !== undefined) this.#diverge(`the weight ${bad} was NaN or infinite`);
    const average = await this.#ema?.read();
    try {
      if (average) writeValues(this.#weights, average, 'ema');
      const record = await this.#evaluateEpoch();
      this.#history = [...this.#history, record];
      this.#epoch += 1;
      this.#step = 0;
      this.#meter = new Meter();
      if (this.#options.bestWeights && bestEpoch(this.#history) === record) {
        this.#best = average ?? live.slice(0, this.#weights.length);
      }
      this.#run?.log({ event: 'epoch', ...record });
      this.#run?.writeMetrics(this.#history);
      await notify(this.#options.callbacks, 'onEpochEnd', record, this.#model);
    } finally {
      if (average) writeValues(this.#variables, live, 'weights');
    }
    this.#lastGood = live;
    const { checkpointEvery, epochs } = this.#options;
    if (this.#epoch % checkpointEvery === 0 || this.#epoch === epochs) await this.#checkpoint(live);
  }

  async #evaluateEpoch(): Promise<EpochRecord> {
    const { epochs, evaluateEvery } = this.#options;
    const { validation } = this.#data;
    const epoch = this.#epoch + 1;
    const due = epoch % evaluateEvery === 0 || epoch === epochs;
    let figures = {};
    if (validation && validation.length > 0 && due) {
      const { loss, accuracy, seconds } = await this.#evaluate('validation', validation);
      if (!Number.isFinite(loss)) this.#diverge(`the validation loss was ${loss}`);
      this.#spent.evaluations += 1;
      this.#spent.evaluationSeconds += seconds;
      figures = { validationLoss: loss, validationAccuracy: accuracy };
    }
    const { loss, accuracy, terms, seconds, images } = this.#meter;
    return {
      epoch,
      step: epoch * this.#stepsPerEpoch,
      learningRate: this.#rateAt(this.#step - 1),
      trainLoss: loss,
      trainAccuracy: accuracy,
      ...figures,
      ...(terms ? { terms } : {}),
      seconds,
      imagesPerSecond: images / seconds,
    };
  }

  #evaluate(task: string, dataset: ImageDataset): Promise<Evaluation> {
    const { evaluationBatchSize: batchSize, signal } = this.#options;
    return evaluate(this.#model, dataset, {
      batchSize,
      ...(signal ? { signal } : {}),
      onProgress: (done, total) => this.#progress(task, done, total),
    });
  }

  /** Gives the model its final weights, tests them and writes everything down. */
  async #finish(status: TrainResult['status']): Promise<void> {
    const average = await this.#ema?.read();
    const final = this.#best ?? average ?? this.#lastGood.slice(0, this.#weights.length);
    writeValues(this.#weights, final, 'weights');
    noteClassifier(this.#model, this.#data.train);
    const { test } = this.#data;
    if (test && test.length > 0) {
      const { loss, accuracy, top5, count, confusion } = await this.#evaluate('test', test);
      this.#test = {
        loss,
        accuracy,
        ...(top5 === undefined ? {} : { top5 }),
        count,
        perClassAccuracy: perClassAccuracy(confusion),
      };
    }
    this.#status = status;
    if (!this.#run) return;
    this.#dropout.restore();
    await this.#model.save(fileSystem(this.#run.paths.model));
    const outcome = { status, ...(this.#test ? { test: this.#test } : {}) };
    this.#run.log({ event: 'end', ...outcome });
    const progress = { ...this.#progressState(), complete: outcome };
    writeCheckpoint(this.#run.paths.checkpoint, { progress, weights: final }, this.#weights);
  }

  async #checkpoint(values: readonly Float32Array[]): Promise<void> {
    if (!this.#run || !this.#optimizer) return;
    const average = await this.#ema?.read();
    const state = {
      progress: this.#progressState(),
      weights: values,
      optimizer: await this.#optimizer.getState(),
      ...(average ? { average } : {}),
      ...(this.#best ? { best: this.#best } : {}),
    };
    writeCheckpoint(this.#run.paths.checkpoint, state, this.#variables);
  }

  #progressState(): {
    epoch: number;
    step: number;
    meter: Meter['state'];
    history: readonly EpochRecord[];
  } {
    const { state: meter } = this.#meter;
    return { epoch: this.#epoch, step: this.#step, meter, history: this.#history };
  }

  #diverge(what: string): never {
    const epoch = this.#epoch + 1;
    const kept =
      epoch === 1 ? 'its initial weights' : `the weights of the end of epoch ${epoch - 1}`;
    throw new TrainingDivergedError(
      `training diverged: ${what} at step ${this.#step} of epoch ${epoch}, at a learning rate of ${this.#rateAt(this.#step - 1)}. The model has ${kept} again; try a lower learning rate or a longer warm-up`,
      { epoch, step: this.#step },
    );
  }

  /** Keeps a checkpoint of the very step at which the signal came. */
  async #keepAborted(): Promise<void> {
    const values = await readValues(this.#variables);
    if (firstNonFinite(this.#variables, values) === undefined) await this.#checkpoint(values);
  }

  /** Writes down how a training ended that is not complete, and gives the error to be thrown. */
  #closeRun(cause: unknown): unknown {
    const { signal } = this.#options;
    const error = signal?.aborted && cause === signal.reason ? this.#abortedError() : cause;
    const diverged = error instanceof TrainingDivergedError;
    if (diverged) writeValues(this.#variables, this.#lastGood, 'weights');
    try {
      this.#run?.log({
        event: 'end',
        status: diverged ? 'diverged' : 'stopped',
        error: error instanceof Error ? error.message : String(error),
      });
    } catch {
      // The error that ended the training says more than one of writing its text.
    }
    return error;
  }

  #abortedError(): TrainingAbortedError {
    const at = { epoch: this.#epoch + 1, step: this.#step };
    const hint = this.#run ? '; resume: true goes on from there' : '';
    return new TrainingAbortedError(
      `training was stopped in epoch ${at.epoch} after step ${at.step} of ${this.#stepsPerEpoch}${hint}`,
      at,
      this.#options.signal?.reason,
    );
  }

  #rateAt(step: number): number {
    const total = this.#epoch * this.#stepsPerEpoch + step;
    const rate = this.#schedule(total);
    checkRate(rate, `schedule: its rate at step ${total}`);
    return rate;
  }

  #progress(task: string, done: number, total: number): void {
    for (const callback of this.#options.callbacks) callback.onProgress?.({ task, done, total });
  }

  #stepInfo(learningRate: number): StepInfo {
    const { epochs, evaluateEvery } = this.#options;
    const { steps, stepSeconds, evaluations, evaluationSeconds } = this.#spent;
    const stepsLeft = (epochs - this.#epoch) * this.#stepsPerEpoch - this.#step;
    const evaluationsLeft = Math.ceil((epochs - this.#epoch) / evaluateEvery);
    const evaluationTime = evaluations > 0 ? evaluationSeconds / evaluations : 0;
    return {
      epoch: this.#epoch + 1,
      step: this.#step,
      learningRate,
      loss: this.#meter.loss,
      accuracy: this.#meter.accuracy,
      imagesPerSecond: this.#meter.images / this.#meter.seconds,
      secondsLeft: (stepsLeft * stepSeconds) / steps + evaluationsLeft * evaluationTime,
    };
  }

  #result(): TrainResult {
    const status = this.#status as TrainResult['status'];
    const best = bestEpoch(this.#history) as EpochRecord;
    const test = this.#test ? { test: this.#test } : {};
    const seconds = this.#history.reduce((sum, record) => sum + record.seconds, 0);
    const common = { history: this.#history, best, ...test, status, seconds };
    if (this.#run) return { ...common, run: this.#run.dir, record: this.#run.record() };
    const record: RunRecord = {
      format: 1,
      name: this.#model.name,
      ...this.#config,
      status,
      epochs: this.#history,
      best,
      ...test,
      seconds,
    };
    return { ...common, record };
  }
}

/** What is known of a training before its first step. */
function describe(
  model: LayersModel,
  data: TrainingData,
  options: ResolvedOptions,
): Omit<RunConfig, 'format' | 'name'> {
  const { trainable, nonTrainable } = countParameters(model);
  const { train, validation, test } = data;
  return {
    date: new Date().toISOString(),
    ...(globalThis.process?.argv ? { command: process.argv } : {}),
    model: {
      name: model.name,
      trainableParameters: trainable,
      nonTrainableParameters: nonTrainable,
    },
    dataset: {
      name: train.name,
      shape: train.shape,
      classes: train.classes,
      train: train.length,
      validation: validation?.length ?? 0,
      test: test?.length ?? 0,
    },
    options: optionsConfig(options),
    objective: options.objective.config,
    environment: environment(),
  };
}
