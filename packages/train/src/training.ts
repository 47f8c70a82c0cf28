import { type Batch, batches, type ImageDataset } from '@mnet/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { warnOfFewSteps } from './batch-norm/few-steps.ts';
import { breather } from './breathe.ts';
import { notify, type StepInfo } from './callbacks/callback.ts';
import { Progress } from './callbacks/progress.ts';
import { DropoutSeeds } from './dropout.ts';
import { shouldStop } from './early-stopping.ts';
import { abortedError, divergedError, TrainingDivergedError } from './errors.ts';
import { type Evaluation, evaluate } from './evaluation/evaluate.ts';
import { Meter } from './meter.ts';
import { noteClassifier } from './note-classifier.ts';
import type { ResolvedOptions, TrainingData } from './options.ts';
import { makePlan, type Plan } from './plan.ts';
import { matchShapes, type StoredTrainingState, type TrainingProgress } from './runs/checkpoint.ts';
import { FORMAT } from './runs/config-file.ts';
import { describeRun } from './runs/describe.ts';
import { readRun, type Run } from './runs/run.ts';
import { runPaths } from './runs/run-paths.ts';
import {
  bestEpoch,
  type EpochRecord,
  type RunDescription,
  type TestRecord,
  testRecord,
} from './runs/run-record.ts';
import { completeRun, keepState, openTrainingRun } from './runs/training-run.ts';
import { checkRate } from './schedules/schedule.ts';
import { type StepOutcome, trainStep } from './step.ts';
import { TimeLeft } from './time-left.ts';
import type { TrainResult } from './train.ts';
import { TrainedTensors } from './trained-tensors.ts';
import { variablesOf, writeValues } from './variables.ts';

/**
 * The state of one training and its course. Between two steps, `epoch`, `step`, `meter`, `history` and the tensors
 * are a whole state, which a checkpoint can hold.
 */
export class Training {
  readonly #model: LayersModel;
  readonly #data: TrainingData;
  readonly #options: ResolvedOptions;
  readonly #plan: Plan;
  readonly #dropout: DropoutSeeds;
  readonly #tasks: Progress;
  readonly #breathe = breather();

  #tensors: TrainedTensors | undefined;
  #description: RunDescription | undefined;
  /** The run folder, and the handle to write to it; a run that is complete has only the folder. */
  #dir: string | undefined;
  #run: Run | undefined;

  #epoch = 0;
  #step = 0;
  #meter = new Meter();
  #history: readonly EpochRecord[] = [];
  #status: TrainResult['status'] | undefined;
  #test: TestRecord | undefined;

  /** Figures of steps that are not read yet. */
  readonly #unread = new Set<StepOutcome['figures']>();
  readonly #timeLeft = new TimeLeft();

  constructor(model: LayersModel, data: TrainingData, options: ResolvedOptions) {
    this.#model = model;
    this.#data = data;
    this.#options = options;
    this.#plan = makePlan(data.train, options);
    this.#tasks = new Progress(options.callbacks);
    this.#dropout = new DropoutSeeds(model, options.seed);
  }

  async run(): Promise<TrainResult> {
    const resumed = await this.#openRun();
    try {
      await notify(this.#options.callbacks, 'onTrainBegin', {
        model: this.#model,
        epochs: this.#options.epochs,
        stepsPerEpoch: this.#plan.stepsPerEpoch,
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
    this.#tensors?.dispose();
    this.#run?.close();
    for (const figures of this.#unread) figures.dispose();
  }

  /** Makes the run folder, or opens it and sets what stands in its checkpoint, except for the state of tensors. */
  async #openRun(): Promise<StoredTrainingState | undefined> {
    const now = await describeRun(this.#model, this.#data, this.#options, this.#plan);
    this.#description = now;
    const opened = await openTrainingRun(this.#options, now, this.#plan.stepsPerEpoch);
    if (!opened) return undefined;
    const { dir, run, state } = opened;
    this.#dir = dir;
    this.#run = run;
    if (!state) return undefined;
    const { epoch, step, meter, history, complete } = state.progress;
    this.#epoch = epoch;
    this.#step = step;
    this.#meter = new Meter(meter);
    this.#history = history;
    if (complete) {
      const { checkpoint } = runPaths(dir);
      const { all } = variablesOf(this.#model);
      matchShapes(checkpoint, state, all);
      writeValues(all, state.weights, checkpoint);
      noteClassifier(this.#model, this.#data.train);
      this.#status = complete.status;
      this.#test = complete.test;
    }
    return state;
  }

  /** Readies everything that holds tensors, from a checkpoint's state where there is one. */
  async #prepare(state: StoredTrainingState | undefined): Promise<void> {
    const { objective, augment, epochs, seed, signal } = this.#options;
    const { variables = [] } =
      (await objective.setup?.({
        model: this.#model,
        dataset: this.#data.train,
        augment,
        epochs,
        seed,
        signal,
        progress: (task, done, total) => this.#tasks.tell(task, done, total),
      })) ?? {};
    await this.#tasks.settle();
    const tensors = new TrainedTensors(variablesOf(this.#model), variables, this.#options);
    this.#tensors = tensors;
    if (state) await tensors.restore(state, this.#run?.paths.checkpoint ?? '');
    tensors.lastGood = await tensors.read();
    if (state) return;
    await warnOfFewSteps(this.#model, this.#plan.steps);
    await this.#checkpoint(tensors.lastGood);
  }

  /** Trains what is left of the current epoch and closes it. */
  async #trainEpoch(): Promise<void> {
    const { batchSize, seed, augment, dropLast, callbacks, signal } = this.#options;
    const where = { epoch: this.#epoch, startBatch: this.#step };
    const how = { batchSize, shuffle: true, seed, dropLast, ...(augment ? { augment } : {}) };
    let dispatched = this.#step;
    let started = performance.now();
    let readLast: (() => Promise<void>) | undefined;
    for (const batch of batches(this.#data.train, { ...how, ...where })) {
      let outcome: StepOutcome | undefined;
      const rate = this.#rateAt(dispatched);
      try {
        if (signal?.aborted) break;
        this.#run?.check();
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
    const total = this.#epoch * this.#plan.stepsPerEpoch + step;
    this.#dropout.set(total);
    const context = {
      model: this.#model,
      batch,
      epoch: this.#epoch,
      step: total,
      stepsPerEpoch: this.#plan.stepsPerEpoch,
    };
    const { trainable, optimizer, ema } = this.#tensors as TrainedTensors;
    const outcome = trainStep(this.#options.objective, context, trainable, optimizer, rate);
    this.#unread.add(outcome.figures);
    ema?.update(total + 1);
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
    this.#timeLeft.addStep(seconds);
  }

  /** Evaluates at the end of an epoch, writes the epoch down and goes on to the next. */
  async #closeEpoch(): Promise<void> {
    const tensors = this.#tensors as TrainedTensors;
    const live = await tensors.read();
    const bad = tensors.nonFinite(live);
    if (bad !== undefined) this.#diverge(`the weight ${bad} was NaN or infinite`);
    const average = await tensors.ema?.read();
    try {
      if (average) writeValues(tensors.weights, average, 'ema');
      const record = await this.#evaluateEpoch();
      this.#history = [...this.#history, record];
      this.#epoch += 1;
      this.#step = 0;
      this.#meter = new Meter();
      if (this.#options.bestWeights && bestEpoch(this.#history) === record) {
        tensors.best = average ?? live.slice(0, tensors.weights.length);
      }
      this.#run?.log({ event: 'epoch', ...record });
      this.#run?.writeMetrics(this.#history);
      await notify(this.#options.callbacks, 'onEpochEnd', record, this.#model);
    } finally {
      if (average) tensors.write(live);
    }
    tensors.lastGood = live;
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
      this.#timeLeft.addEvaluation(seconds);
      figures = { validationLoss: loss, validationAccuracy: accuracy };
    }
    const { loss, accuracy, terms, seconds, images } = this.#meter;
    return {
      epoch,
      step: epoch * this.#plan.stepsPerEpoch,
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
      onProgress: (done, total) => this.#tasks.tell(task, done, total),
    });
  }

  /** Gives the model its final weights, tests them and writes everything down. */
  async #finish(status: TrainResult['status']): Promise<void> {
    const tensors = this.#tensors as TrainedTensors;
    const final = await tensors.final();
    writeValues(tensors.weights, final, 'weights');
    noteClassifier(this.#model, this.#data.train);
    const { test } = this.#data;
    if (test && test.length > 0) {
      this.#test = testRecord(await this.#evaluate('test', test));
    }
    const outcome = { status, ...(this.#test ? { test: this.#test } : {}) };
    if (this.#run) {
      this.#dropout.restore();
      const progress = { ...this.#progress, complete: outcome };
      await completeRun(this.#run, this.#model, { progress, weights: final }, tensors.weights);
    }
    this.#status = status;
  }

  async #checkpoint(values: readonly Float32Array[]): Promise<void> {
    const tensors = this.#tensors as TrainedTensors;
    if (!this.#run) return;
    const state = { progress: this.#progress, ...(await tensors.state(values)) };
    keepState(this.#run, state, tensors.variables);
  }

  get #progress(): TrainingProgress {
    const { state: meter } = this.#meter;
    return { epoch: this.#epoch, step: this.#step, meter, history: this.#history };
  }

  #diverge(what: string): never {
    throw divergedError(what, this.#at, this.#rateAt(this.#step - 1));
  }

  /** The epoch, from 1, and the steps done within it. */
  get #at(): { epoch: number; step: number } {
    return { epoch: this.#epoch + 1, step: this.#step };
  }

  /** Keeps a checkpoint of the very step at which the signal came. */
  async #keepAborted(): Promise<void> {
    const tensors = this.#tensors as TrainedTensors;
    const values = await tensors.read();
    if (tensors.nonFinite(values) === undefined) await this.#checkpoint(values);
  }

  /** Writes down how a training ended that is not complete, and gives the error to be thrown. */
  #closeRun(cause: unknown): unknown {
    const { signal } = this.#options;
    const aborted = signal?.aborted && cause === signal.reason;
    const { stepsPerEpoch } = this.#plan;
    const error = aborted
      ? abortedError(this.#at, stepsPerEpoch, this.#run !== undefined, signal.reason)
      : cause;
    const diverged = error instanceof TrainingDivergedError;
    if (diverged) this.#tensors?.write(this.#tensors.lastGood);
    // A run that is complete stays so, whatever a callback does afterwards.
    if (this.#status !== undefined) return error;
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

  #rateAt(step: number): number {
    const total = this.#epoch * this.#plan.stepsPerEpoch + step;
    const rate = this.#plan.schedule(total);
    checkRate(rate, `schedule: its rate at step ${total}`);
    return rate;
  }

  #stepInfo(learningRate: number): StepInfo {
    const { epochs, evaluateEvery } = this.#options;
    const stepsLeft = (epochs - this.#epoch) * this.#plan.stepsPerEpoch - this.#step;
    const evaluationsLeft = Math.ceil((epochs - this.#epoch) / evaluateEvery);
    return {
      ...this.#at,
      learningRate,
      loss: this.#meter.loss,
      accuracy: this.#meter.accuracy,
      imagesPerSecond: this.#meter.images / this.#meter.seconds,
      secondsLeft: this.#timeLeft.estimate(stepsLeft, evaluationsLeft),
    };
  }

  #result(): TrainResult {
    const status = this.#status as TrainResult['status'];
    const best = bestEpoch(this.#history) as EpochRecord;
    const test = this.#test ? { test: this.#test } : {};
    const seconds = this.#history.reduce((sum, record) => sum + record.seconds, 0);
    const common = { history: this.#history, best, ...test, status, seconds };
    if (this.#dir !== undefined) {
      return { ...common, run: this.#dir, record: readRun(this.#dir) };
    }
    const { name } = this.#model;
    const description = this.#description as RunDescription;
    const { history: epochs, ...figures } = common;
    return { ...common, record: { format: FORMAT, name, ...description, epochs, ...figures } };
  }
}
