/** What the process that started a run tells it. */
interface Told {
  /** For how long it may go on from now, in milliseconds. */
  readonly lease?: number;
}

/**
 * In the process of a run: makes it end with the one that started it, which is noticed by the channel between them. `stop` is called when
 * that process is gone, be it by a kill. Where it leases the run instead of waiting for it (`lease` of `RunProcess`), this process
 * kills itself when the lease has run out, so that a run whose parent was stopped or cut off does not go on beside its successor.
 * Does nothing in a process that no study has started.
 */
export function endWithParent(stop: () => void): void {
  const { channel } = process;
  if (process.env['MNET_ENDS_WITH_PARENT'] !== '1' || !channel) return;
  let timer: NodeJS.Timeout | undefined;
  process.on('disconnect', stop);
  process.on('message', ({ lease }: Told) => {
    if (typeof lease !== 'number') return;
    clearTimeout(timer);
    timer = setTimeout(() => process.kill(process.pid, 'SIGKILL'), lease);
    timer.unref();
  });
  // It is no reason to stay.
  channel.unref();
}
