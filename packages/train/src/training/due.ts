import type { ResolvedOptions } from '../options.ts';
import { type Plan, stepsOf } from './plan.ts';

/** When what happens every so many steps is due. */
export class Due {
  readonly #plan: Plan;
  readonly #logEvery: number;
  readonly #checkpointEvery: number | undefined;

  constructor(
    plan: Plan,
    options: Pick<ResolvedOptions, 'logEverySteps' | 'checkpointEverySteps'>,
  ) {
    this.#plan = plan;
    this.#logEvery = options.logEverySteps;
    this.#checkpointEvery = options.checkpointEverySteps;
  }

  /**
   * Whether the figures since the last record are due.
   *
   * @param epoch from 0
   * @param step steps done of the epoch
   */
  isLogStep(epoch: number, step: number): boolean {
    const all = epoch * this.#plan.stepsPerEpoch + step;
    return step === stepsOf(this.#plan, epoch) || all % this.#logEvery === 0;
  }

  /**
   * Whether a checkpoint is due when so many steps of an epoch are done, before its last: after that one the evaluation
   * comes first, and the checkpoint holds that too.
   */
  isCheckpointStep(epoch: number, step: number): boolean {
    return step < stepsOf(this.#plan, epoch) && this.isCheckpointDue(epoch, step);
  }

  /** Whether a checkpoint is due by the number of steps, at whatever place of an epoch. */
  isCheckpointDue(epoch: number, step: number): boolean {
    const every = this.#checkpointEvery;
    return every !== undefined && (epoch * this.#plan.stepsPerEpoch + step) % every === 0;
  }
}
