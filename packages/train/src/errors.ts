/** The loss or a weight became NaN or infinite. The model holds the last good weights again. */
export class TrainingDivergedError extends Error {
  override readonly name = 'TrainingDivergedError';
  /** From 1. */
  readonly epoch: number;
  /** The step within the epoch, from 1. */
  readonly step: number;

  constructor(message: string, { epoch, step }: { epoch: number; step: number }) {
    super(message);
    this.epoch = epoch;
    this.step = step;
  }
}

/**
 * The training was stopped through its AbortSignal. Its name is `AbortError`, as that of every aborted operation;
 * `cause` is the signal's reason.
 */
export class TrainingAbortedError extends Error {
  override readonly name = 'AbortError';
  /** From 1. */
  readonly epoch: number;
  /** Steps done within the epoch. */
  readonly step: number;

  constructor(message: string, at: { epoch: number; step: number }, cause: unknown) {
    super(message, { cause });
    this.epoch = at.epoch;
    this.step = at.step;
  }
}

/** Where a training stands: the epoch, from 1, and the steps done within it. */
interface Place {
  readonly epoch: number;
  readonly step: number;
}

/**
 * @param what such as `the loss was NaN`
 * @param good epochs done, and steps of the next, when the model had the weights that it gets again
 */
export function divergedError(
  what: string,
  at: Place,
  rate: number,
  good: Place,
): TrainingDivergedError {
  const { epoch, step } = at;
  const kept = keptWeights(good);
  return new TrainingDivergedError(
    `training diverged: ${what} at step ${step} of epoch ${epoch}, at a learning rate of ${rate}. The model has ${kept} again; try a lower learning rate or a longer warm-up`,
    at,
  );
}

/**
 * Where a callback has made NaN or infinities of the model's weights.
 *
 * @param at the end of the epoch
 * @param good as {@link divergedError} takes it
 */
export function ruinedError(weight: string, at: Place, good: Place): TrainingDivergedError {
  return new TrainingDivergedError(
    `onEpochEnd of epoch ${at.epoch} left the weight ${weight} NaN or infinite. The model has ${keptWeights(good)} again`,
    at,
  );
}

function keptWeights({ epoch, step }: Place): string {
  if (step > 0) return `the weights of step ${step} of epoch ${epoch + 1}`;
  return epoch === 0 ? 'its initial weights' : `the weights of the end of epoch ${epoch}`;
}

/**
 * @param of how many steps that epoch has; undefined: it was the last, and is done
 * @param written whether a run folder holds what was done
 */
export function abortedError(
  at: Place,
  of: number | undefined,
  written: boolean,
  reason: unknown,
): TrainingAbortedError {
  const hint = written ? '; resume: true goes on from its last checkpoint' : '';
  const where =
    of === undefined
      ? `after its last epoch, ${at.epoch}`
      : `in epoch ${at.epoch} after step ${at.step} of ${of}`;
  return new TrainingAbortedError(`training was stopped ${where}${hint}`, at, reason);
}
