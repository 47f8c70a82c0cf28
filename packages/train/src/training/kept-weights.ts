import type { StoredTrainingState, TrainingState } from '../runs/checkpoint.ts';
import type { TrainedTensors } from '../trained-tensors.ts';
import { writeValues } from '../variables.ts';

/** Copies on the host of the values of all variables, in their order. */
export type Values = readonly Float32Array[];

/** Where a training stands: epochs that are done, and steps done of the next. */
export interface Moment {
  readonly epoch: number;
  readonly step: number;
}

/**
 * The weights of a training: those that it trains, averaged or slow ones where these are asked for, and copies that it may go back
 * to or end with, which are the last good ones and those of the best epoch.
 */
export class KeptWeights {
  readonly tensors: TrainedTensors;
  /** Of all variables, at the end of the last whole epoch or at a checkpoint since. */
  #lastGood: Values;
  #goodAt: Moment;
  /** Of the model's weights alone, at the end of the best epoch. */
  #best: Values | undefined;

  private constructor(tensors: TrainedTensors, lastGood: Values, state?: StoredTrainingState) {
    const { epoch = 0, step = 0 } = state?.progress ?? {};
    this.tensors = tensors;
    this.#lastGood = lastGood;
    this.#goodAt = { epoch, step };
    this.#best = state?.best;
  }

  /** @param state where the training goes on from; undefined: from the variables as they are */
  static async from(tensors: TrainedTensors, state?: StoredTrainingState): Promise<KeptWeights> {
    if (state) await tensors.restore(state, state.file);
    return new KeptWeights(tensors, await tensors.read(), state);
  }

  /**
   * Runs `judge` while the model holds the weights that count, averaged or slow ones where there are some. Afterwards the
   * trained ones are back, also where it throws. Where these count themselves, `judge` may change them.
   *
   * @param live the trained values of all variables
   * @param judge is given the values of the weights that count; says whether it may have changed the model
   * @returns the trained values afterwards; `live` itself where nothing has changed them, so that nothing is read again
   */
  async whileJudged(live: Values, judge: (counted: Values) => Promise<boolean>): Promise<Values> {
    const { weights } = this.tensors;
    const counted = await this.tensors.counted();
    if (!counted) {
      const changed = await judge(live.slice(0, weights.length));
      return changed ? this.tensors.read() : live;
    }
    try {
      writeValues(weights, counted, 'weights');
      await judge(counted);
      return live;
    } finally {
      this.tensors.write(live);
    }
  }

  /** Keeps the model's weights of the best epoch so far. */
  keepBest(counted: Values): void {
    this.#best = counted;
  }

  /** Keeps what the training goes back to where it diverges. */
  keepGood(live: Values, { epoch, step }: Moment): void {
    this.#lastGood = live;
    this.#goodAt = { epoch, step };
  }

  /** Where the training was when it had the weights that it goes back to. */
  get goodAt(): Moment {
    return this.#goodAt;
  }

  /** Gives the variables the last values that were kept, or those that the training began with. */
  rollBack(): void {
    this.tensors.write(this.#lastGood);
  }

  /** Gives the model the weights that the training ends with: the best epoch's, averaged or slow ones, or the last. */
  async settle(): Promise<Values> {
    const { weights } = this.tensors;
    const counted = this.#best ?? (await this.tensors.counted());
    const final = counted ?? this.#lastGood.slice(0, weights.length);
    writeValues(weights, final, 'weights');
    return final;
  }

  /** What a checkpoint holds, with these values of all variables. */
  async state(live: Values): Promise<Omit<TrainingState, 'progress'>> {
    const best = this.#best;
    return { ...(await this.tensors.state(live)), ...(best ? { best } : {}) };
  }

  dispose(): void {
    this.tensors.dispose();
  }
}
