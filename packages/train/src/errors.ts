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
