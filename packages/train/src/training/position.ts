import type { TrainingProgress } from '../runs/checkpoint.ts';
import type { EpochRecord, StepRecord } from '../runs/run-record.ts';
import { Meter } from './meter.ts';
import { Pace } from './pace.ts';

/**
 * Where a training stands, but for its tensors: between two steps both are a whole state, which a checkpoint can hold.
 */
export class Position {
  /** The epoch that is to be done, from 0. */
  #epoch: number;
  /** Steps done of it. */
  #step: number;
  #history: readonly EpochRecord[];
  #stopped: boolean;
  /** Figures of the epoch that is to be done. */
  #meter: Meter;
  /** Figures of the steps since the last that were logged. */
  #recent: Meter;
  readonly pace: Pace;

  constructor(progress?: TrainingProgress) {
    const { epoch = 0, step = 0, history = [], stopped = false, meter, recent } = progress ?? {};
    this.#epoch = epoch;
    this.#step = step;
    this.#history = history;
    this.#stopped = stopped;
    this.#meter = new Meter(meter);
    this.#recent = new Meter(recent);
    this.pace = new Pace(meter?.seconds);
  }

  get epoch(): number {
    return this.#epoch;
  }

  get step(): number {
    return this.#step;
  }

  get meter(): Meter {
    return this.#meter;
  }

  /** Whether steps were made since the last that were logged. */
  get hasRecent(): boolean {
    return this.#recent.images > 0;
  }

  /** One record an epoch that is done. */
  get history(): readonly EpochRecord[] {
    return this.#history;
  }

  /** Whether a callback has ended the training. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** As it is told: the epoch, from 1, and the steps done within it. */
  get place(): { epoch: number; step: number } {
    return { epoch: this.#epoch + 1, step: this.#step };
  }

  /** As a checkpoint holds it. */
  get progress(): TrainingProgress {
    return {
      epoch: this.#epoch,
      step: this.#step,
      meter: { ...this.#meter.state, seconds: this.pace.seconds },
      ...(this.hasRecent ? { recent: this.#recent.state } : {}),
      history: this.#history,
      ...(this.#stopped ? { stopped: true } : {}),
    };
  }

  /** A step is done. */
  endStep(): void {
    this.#step += 1;
    this.pace.step();
  }

  /** Adds the figures of the step that is done. */
  measure(figures: Float32Array, terms: readonly string[], images: number): void {
    this.#meter.add(figures, terms, images);
    this.#recent.add(figures, [], images);
  }

  /** Mean figures of the steps since the last time, of which there must be one. */
  takeRecent(): Pick<StepRecord, 'loss' | 'accuracy'> {
    const { loss, accuracy } = this.#recent;
    this.#recent = new Meter();
    return { loss, accuracy };
  }

  endEpoch(record: EpochRecord): void {
    this.#history = [...this.#history, record];
    this.#epoch += 1;
    this.#step = 0;
    this.#meter = new Meter();
    this.pace.endEpoch();
  }

  stop(): void {
    this.#stopped = true;
  }
}
