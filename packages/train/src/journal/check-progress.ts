import { booleanValue, integerFrom, oneOf } from '@mnet/core/check';
import type { ResolvedOptions } from '../options.ts';
import type { TrainingProgress } from '../runs/checkpoint.ts';
import { CheckpointError } from '../runs/checkpoint-error.ts';
import { type Plan, stepsOf } from '../training/plan.ts';

/**
 * Throws a CheckpointError unless a checkpoint's progress is one that this training can have: whole numbers within its epochs and steps,
 * a record of each epoch that is done, an epoch cut short only where a callback did that, and the end only where it is.
 */
export function checkProgress(
  file: string,
  progress: TrainingProgress,
  { earlyStopping }: Pick<ResolvedOptions, 'earlyStopping'>,
  plan: Plan,
): void {
  const { epochs } = plan;
  try {
    const { epoch, step, history, meter, recent, complete, stopped } = progress;
    within(epoch, epochs, 'epoch');
    within(step, stepsOf(plan, epoch), 'step');
    if (!Array.isArray(history) || history.some((record, i) => record?.epoch !== i + 1)) {
      throw new TypeError('history: is not one record an epoch');
    }
    if (history.length !== epoch) {
      throw new RangeError(`history: got ${history.length} records, takes ${epoch}, one an epoch`);
    }
    if (stopped !== undefined) {
      booleanValue(stopped, 'stopped');
      if (epoch === 0 && step === 0) throw new RangeError('stopped: got it before the first step');
    }
    const steps = history.at(-1)?.step ?? 0;
    const all = Math.min(epoch * plan.stepsPerEpoch, plan.steps);
    if (steps > all || (steps < all && !stopped)) {
      throw new RangeError(`history: got ${steps} steps, takes ${all}`);
    }
    checkSums(meter, 'meter');
    if (!Number.isFinite(meter.seconds)) throw new TypeError('meter: is not what a step leaves');
    if (recent !== undefined) checkSums(recent, 'recent');
    if (complete) {
      oneOf(complete.status, ['finished', 'stopped-early'], 'complete.status');
      const early = complete.status === 'stopped-early';
      const left = steps < plan.steps;
      if (epoch === 0 || early !== left || (early && !earlyStopping && !stopped)) {
        throw new RangeError(
          `complete: got '${complete.status}' after ${epoch} of ${epochs} epochs`,
        );
      }
    }
  } catch (error) {
    const what = `its progress is not one of this training (${(error as Error).message})`;
    throw new CheckpointError(file, what, { cause: error });
  }
}

function checkSums(meter: TrainingProgress['recent'] | null, name: string): void {
  const sums = [meter?.images, meter?.loss, meter?.correct];
  if (!sums.every(Number.isFinite) || typeof meter?.terms !== 'object' || meter.terms === null) {
    throw new TypeError(`${name}: is not what a step leaves`);
  }
}

function within(value: unknown, most: number, name: string): void {
  integerFrom(value, 0, name);
  if (value > most) throw new RangeError(`${name}: got ${value}, takes at most ${most}`);
}
