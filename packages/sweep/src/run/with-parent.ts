/** What the process that started a run tells it. */
interface Told {
  /** For how long it may go on from now, in milliseconds. */
  readonly lease?: number;
}

/** What a process ends with that has outlived its lease: EX_TEMPFAIL of sysexits.h. */
export const outOfLease = 75;

/**
 * How long a run may take to stop once the process that started it is gone, in milliseconds: less than its successor waits for the folder
 * (`PATIENCE` of `start-run.ts`).
 */
const GRACE = 20_000;

/**
 * In the process of a run: makes it end with the one that started it, which is noticed by the channel between them. `stop` is called when
 * that process is gone, be it by a kill; one that does not stop within `grace` milliseconds is ended. Where it leases the run instead of waiting for it (`lease` of `RunProcess`), this process
 * ends at once when the lease has run out, so that a run whose parent was stopped or cut off does not go on beside its successor.
 * Does nothing in a process that no study has started.
 */
export function endWithParent(stop: () => void, grace = GRACE): void {
  const { channel } = process;
  if (process.env['MNET_ENDS_WITH_PARENT'] !== '1' || !channel) return;
  let deadline = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const left = deadline - performance.now();
    if (left <= 0) process.exit(outOfLease);
    timer = setTimeout(due, left).unref();
  };
  // After a long step the timer is heard before messages that came meanwhile: those first.
  const due = (): void => void setImmediate(() => setImmediate(look));
  process.on('disconnect', () => {
    setTimeout(() => process.exit(outOfLease), grace).unref();
    stop();
  });
  process.on('message', ({ lease }: Told) => {
    if (typeof lease !== 'number') return;
    deadline = performance.now() + lease;
    clearTimeout(timer);
    look();
  });
  // It is no reason to stay.
  channel.unref();
}
