import type { QueueWorker } from './worker-options.ts';

/**
 * Ends a worker by Ctrl-C or SIGTERM: at the first, its runs stop at their next step, are stored and given back; at the second, this process
 * ends at once.
 *
 * @param onSignal told of each, and whether it is the second
 * @returns takes the signals back
 */
export function stopOnSignals(
  worker: QueueWorker,
  onSignal: (signal: NodeJS.Signals, second: boolean) => void = () => {},
): () => void {
  let stopping = false;
  const heard = (signal: NodeJS.Signals): void => {
    onSignal(signal, stopping);
    if (stopping) {
      worker.kill();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
    stopping = true;
    // Its errors are told by the worker, as events.
    void worker.stop();
  };
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  return () => {
    process.off('SIGINT', heard);
    process.off('SIGTERM', heard);
  };
}
