/**
 * A signal that Ctrl-C aborts, so that a training stops at its next step with its files whole. A second Ctrl-C ends
 * the process at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    console.error(`\n${signal}: stopping at the next step; once more to stop at once`);
    controller.abort(new DOMException('interrupted', 'AbortError'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
