import type { LayersModel } from '@tensorflow/tfjs-layers';
import { warnOfFewSteps } from '../batch-norm/few-steps.ts';
import { notify } from '../callbacks/callback.ts';
import { Progress } from '../callbacks/progress.ts';
import { shouldStop } from '../early-stopping.ts';
import {
  abortedError,
  divergedError,
  ruinedError,
  type TrainingAbortedError,
  TrainingDivergedError,
} from '../errors.ts';
import { describeRun } from '../journal/describe.ts';
import type { Journal } from '../journal/journal.ts';
import { openJournal } from '../journal/open-journal.ts';
import { noteClassifier } from '../note-classifier.ts';
import type { ResolvedOptions, TrainingData } from '../options.ts';
import { bestEpoch } from '../runs/best-epoch.ts';
import { matchShapes, type StoredTrainingState, type TrainingOutcome } from '../runs/checkpoint.ts';
import type { EpochRecord, TestDetails } from '../runs/run-record.ts';
import type { TrainResult } from '../train-result.ts';
import { TrainedTensors } from '../trained-tensors.ts';
import { variablesOf, writeValues } from '../variables.ts';
import { Due } from './due.ts';
import { epochRecord, resultOf, stepInfo, stepRecord } from './figures.ts';
import { Judge } from './judge.ts';
import { KeptWeights, type Values } from './kept-weights.ts';
import { makePlan, type Plan, stepsOf } from './plan.ts';
import { Position } from './position.ts';
import { type DoneStep, Steps, type StepsMade } from './steps.ts';
import { type Subject, trainInfo } from './subject.ts';

/** Trains a model whose data and options are checked, from its start or from where its run stands. */
export async function runTraining(
  model: LayersModel,
  data: TrainingData,
  options: ResolvedOptions,
): Promise<TrainResult> {
  const plan = makePlan(data.train, options);
  const config = await describeRun(model, data, options, plan);
  const { journal, state } = await openJournal(options, config, plan, model.name);
  try {
    const training = new Training({ model, data, options, plan, journal, config }, state);
    return await training.run();
  } finally {
    journal.close();
  }
}

/** What a training has ended with. */
interface Ended {
  readonly outcome: TrainingOutcome;
  /** Of the test images; absent where there are none, or an earlier process has looked at them. */
  readonly details?: TestDetails;
}

/** The course of one training: its epochs, with what is done between them. */
class Training {
  readonly #subject: Subject;
  readonly #model: LayersModel;
  readonly #data: TrainingData;
  readonly #options: ResolvedOptions;
  readonly #plan: Plan;
  readonly #journal: Journal;
  readonly #state: StoredTrainingState | undefined;
  readonly #position: Position;
  readonly #tasks: Progress;
  readonly #due: Due;
  readonly #judge: Judge;
  #capture: StepsMade = { steps: 0, replayed: 0 };

  /** @param state where the training goes on from, or its end */
  constructor(subject: Subject, state: StoredTrainingState | undefined) {
    this.#subject = subject;
    this.#model = subject.model;
    this.#data = subject.data;
    this.#options = subject.options;
    this.#plan = subject.plan;
    this.#journal = subject.journal;
    this.#state = state;
    this.#position = new Position(state?.progress);
    this.#tasks = new Progress(subject.options.callbacks);
    this.#due = new Due(subject.plan, subject.options);
    this.#judge = new Judge(subject, this.#tasks);
  }

  async run(): Promise<TrainResult> {
    const { callbacks } = this.#options;
    const complete = this.#state?.progress.complete;
    if (complete) this.#takeBack(this.#state);
    try {
      await notify(callbacks, 'onTrainBegin', trainInfo(this.#subject, this.#position, complete));
      const { outcome, details } = complete ? { outcome: complete } : await this.#train();
      const result = this.#result(outcome, details);
      const kept = result.record.details;
      const end = { ...outcome, ...(kept ? { details: kept } : {}) };
      await notify(callbacks, 'onTrainEnd', this.#model, end);
      return result;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Gives the model what a complete run has ended with. */
  #takeBack(state: StoredTrainingState): void {
    const { all } = variablesOf(this.#model);
    matchShapes(state.file, state, all);
    writeValues(all, state.weights, state.file);
    noteClassifier(this.#model, this.#data.train);
  }

  async #train(): Promise<Ended> {
    const kept = await this.#prepare();
    try {
      const { train } = this.#data;
      const steps = new Steps(this.#model, train, this.#options, this.#plan, kept.tensors);
      try {
        while (!this.#ended()) await this.#trainEpoch(steps, kept);
      } finally {
        this.#capture = steps.capture;
        steps.dispose();
      }
      this.#journal.flush();
      return await this.#finish(kept);
    } catch (error) {
      if (error instanceof TrainingDivergedError) kept.rollBack();
      this.#flushAfter();
      throw error;
    } finally {
      kept.dispose();
    }
  }

  /** Readies everything that holds tensors. */
  async #prepare(): Promise<KeptWeights> {
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
    try {
      const kept = await KeptWeights.from(tensors, this.#state);
      if (!this.#state) {
        await warnOfFewSteps(this.#model, this.#plan.steps);
        await this.#checkpoint(kept, await tensors.read());
        // An optimizer's state that cannot be stored, or a folder that cannot be written, is told before the first step.
        this.#journal.flush();
      }
      return kept;
    } catch (error) {
      tensors.dispose();
      throw error;
    }
  }

  /** Writes the checkpoint that was taken before an error. */
  #flushAfter(): void {
    try {
      this.#journal.flush();
    } catch {
      // The error that ended the training is the one to tell.
    }
  }

  #ended(): boolean {
    const { epoch, step, stopped } = this.#position;
    if (epoch === this.#plan.epochs) return true;
    // What is done of an epoch is evaluated, also where a callback has cut it short.
    if (stopped) return step === 0;
    return this.#endsEarly();
  }

  /** Whether the epochs so far, and these, say to stop. */
  #endsEarly(...more: readonly EpochRecord[]): boolean {
    const { earlyStopping } = this.#options;
    const history = [...this.#position.history, ...more];
    return earlyStopping !== undefined && shouldStop(history, earlyStopping);
  }

  /** Trains what is left of the current epoch and closes it. */
  async #trainEpoch(steps: Steps, kept: KeptWeights): Promise<void> {
    const { signal } = this.#options;
    const position = this.#position;
    const { epoch } = position;
    position.pace.beginSteps();
    await steps.make(epoch, position.step, {
      mayGoOn: () => {
        if (signal?.aborted || position.stopped) return false;
        this.#journal.check();
        return true;
      },
      onStarted: () => this.#journal.flush(),
      onDone: (step) => this.#endStep(step, kept),
      pausesAfter: (step) => this.#due.isCheckpointStep(epoch, step + 1),
      onPause: () => this.#checkpointStep(kept),
    });
    try {
      signal?.throwIfAborted();
      await this.#closeEpoch(kept);
    } catch (error) {
      // Once the epoch is written down, a checkpoint would be without what its callbacks have not done.
      const open = position.epoch === epoch;
      if (open && signal?.aborted && error === signal.reason) await this.#keepAborted(kept);
      throw error;
    }
  }

  async #endStep({ figures, terms, images, rate }: DoneStep, kept: KeptWeights): Promise<void> {
    const { epoch } = this.#position;
    this.#position.endStep();
    const [stepLoss = Number.NaN] = figures;
    if (!Number.isFinite(stepLoss)) this.#diverge(`the loss was ${stepLoss}`, kept);
    this.#position.measure(figures, terms, images);
    const step = { learningRate: rate, stepLoss };
    const info = stepInfo(this.#position, this.#options, this.#plan, step);
    if (this.#due.isLogStep(epoch, this.#position.step)) await this.#logSteps();
    if (await notify(this.#options.callbacks, 'onStepEnd', info)) this.#position.stop();
  }

  async #logSteps(): Promise<void> {
    const record = stepRecord(this.#position, this.#plan, this.#lastRate());
    this.#journal.logSteps(record);
    await notify(this.#options.callbacks, 'onStepRecord', record);
  }

  /** Takes a checkpoint within an epoch. */
  async #checkpointStep(kept: KeptWeights): Promise<void> {
    const live = this.#finite(await kept.tensors.read(), kept);
    kept.keepGood(live, this.#position);
    await this.#checkpoint(kept, live);
  }

  /** The values of all variables, unless one is not finite. */
  #finite(live: Values, kept: KeptWeights): Values {
    const bad = kept.tensors.nonFinite(live);
    if (bad !== undefined) this.#diverge(`the weight ${bad} was NaN or infinite`, kept);
    return live;
  }

  /** Evaluates at the end of an epoch, writes the epoch down and goes on to the next. */
  async #closeEpoch(kept: KeptWeights): Promise<void> {
    const { bestWeights, callbacks, checkpointEvery } = this.#options;
    const position = this.#position;
    // Where a callback stopped the training at a step with a checkpoint, no further step wrote that.
    this.#journal.flush();
    const trained = this.#finite(await kept.tensors.read(), kept);
    // Where a callback has cut the epoch short.
    if (position.hasRecent) await this.#logSteps();
    const { place } = position;
    const live = await kept.whileJudged(trained, async (counted) => {
      const record = await this.#judgeEpoch(kept);
      position.endEpoch(record);
      if (bestWeights && bestEpoch(position.history, bestWeights) === record)
        kept.keepBest(counted);
      this.#journal.logEpoch(position.history);
      if (await notify(callbacks, 'onEpochEnd', record, this.#model)) position.stop();
      return callbacks.some((each) => each.onEpochEnd !== undefined);
    });
    const ruined = live === trained ? undefined : kept.tensors.nonFinite(live);
    if (ruined !== undefined) throw ruinedError(ruined, place, kept.goodAt);
    kept.keepGood(live, position);
    const { epoch, stopped } = position;
    const due = epoch % checkpointEvery === 0 || this.#due.isCheckpointDue(epoch, 0);
    if (due || epoch === this.#plan.epochs || stopped) await this.#checkpoint(kept, live);
  }

  /** Evaluates the validation images, where it is the epoch's turn, and gives its record. */
  async #judgeEpoch(kept: KeptWeights): Promise<EpochRecord> {
    const { evaluateEvery } = this.#options;
    const { pace, epoch: before, stopped } = this.#position;
    const epoch = before + 1;
    const trained = epochRecord(this.#position, this.#plan, this.#lastRate(), {});
    const last = epoch === this.#plan.epochs || stopped || this.#endsEarly(trained);
    const due = epoch % evaluateEvery === 0 || last;
    const validation = due ? await this.#judge.validate() : undefined;
    if (!validation) return trained;
    const { loss, accuracy, seconds } = validation;
    if (!Number.isFinite(loss)) this.#diverge(`the validation loss was ${loss}`, kept);
    pace.evaluation(seconds);
    const figures = {
      validationLoss: loss,
      validationAccuracy: accuracy,
      validationSeconds: seconds,
    };
    return epochRecord(this.#position, this.#plan, this.#lastRate(), figures);
  }

  /** Gives the model its final weights, tests them and writes everything down. */
  async #finish(kept: KeptWeights): Promise<Ended> {
    const weights = await kept.settle();
    noteClassifier(this.#model, this.#data.train);
    const { test, details } = await this.#judge.test();
    const { progress, history } = this.#position;
    const left = (history.at(-1)?.step ?? 0) < this.#plan.steps;
    const outcome: TrainingOutcome = {
      status: left ? 'stopped-early' : 'finished',
      ...(test ? { test } : {}),
    };
    const state = { progress: { ...progress, complete: outcome }, weights };
    await this.#journal.complete(this.#model, state, kept.tensors.weights, details);
    return { outcome, ...(details ? { details } : {}) };
  }

  #checkpoint(kept: KeptWeights, live: Values): Promise<void> {
    const { progress } = this.#position;
    const state = async () => ({ progress, ...(await kept.state(live)) });
    return this.#journal.checkpoint(state, kept.tensors.variables);
  }

  /** Keeps a checkpoint of the very step at which the signal came. */
  async #keepAborted(kept: KeptWeights): Promise<void> {
    const live = await kept.tensors.read();
    if (kept.tensors.nonFinite(live) !== undefined) return;
    await this.#checkpoint(kept, live);
    this.#journal.flush();
  }

  #diverge(what: string, { goodAt }: KeptWeights): never {
    throw divergedError(what, this.#position.place, this.#lastRate(), goodAt);
  }

  /** Writes down how a training ended that is not complete, and gives the error to be thrown. */
  #failed(cause: unknown): unknown {
    const { signal } = this.#options;
    const error = signal?.aborted && cause === signal.reason ? this.#aborted(signal.reason) : cause;
    this.#journal.fail(error instanceof TrainingDivergedError ? 'diverged' : 'stopped', error);
    return error;
  }

  #aborted(reason: unknown): TrainingAbortedError {
    const { place, epoch, history } = this.#position;
    const written = this.#journal.dir !== undefined;
    if (!this.#ended()) return abortedError(place, stepsOf(this.#plan, epoch), written, reason);
    const [before, last] = [history.at(-2), history.at(-1)];
    const step = (last?.step ?? 0) - (before?.step ?? 0);
    return abortedError({ epoch, step }, undefined, written, reason);
  }

  /** The rate of the last step that is done. */
  #lastRate(): number {
    const { epoch, step } = this.#position;
    return this.#plan.schedule(epoch * this.#plan.stepsPerEpoch + step - 1);
  }

  #result(outcome: TrainingOutcome, details?: TestDetails): TrainResult {
    const figures = resultOf(this.#position.history, outcome, this.#options);
    const { dir } = this.#journal;
    const record = this.#journal.record(figures, details);
    return {
      ...figures,
      capture: this.#capture,
      ...(dir === undefined ? {} : { run: dir }),
      record,
    };
  }
}
