import { endWithParent } from '@mnet/sweep/child';
import { startedByNpm } from './started-by-npm.ts';

/**
 * Within so many milliseconds a signal that comes again is the same one: the terminal sends Ctrl-C to npm too, which
 * passes it on.
 */
const ECHO = 500;

/** How often a program looks whether npm is gone, in milliseconds. */
const LOOK = 500;

/** What ends a program, with its exit code as shells have it. */
const codes = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;
type Ending = keyof typeof codes;

/** Why a program stops: the `reason` of {@link interruptSignal}. */
class Interrupted extends DOMException {
  /** `runProgram` takes the exit code from it. */
  readonly signal: Ending;

  constructor(signal: Ending) {
    super(`stopped by ${signal}`, 'AbortError');
    this.signal = signal;
  }
}

/**
 * A signal that Ctrl-C, `kill`, and the end of the terminal or of the program that reads the output abort, so that a
 * training stops at its next step with its files whole. A second Ctrl-C ends the process at once.
 *
 * @param notice what is said on stderr after the signal's name; `''`: nothing is said
 */
export function interruptSignal(
  notice = 'stopping at the next step; once more to stop at once',
): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const stop = (signal: Ending): void => {
    if (controller.signal.aborted) {
      if (performance.now() - first > ECHO) process.exit(codes[signal]);
      return;
    }
    first = performance.now();
    controller.abort(new Interrupted(signal));
    if (notice !== '') console.error(`\n${signal}: ${notice}`);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      // A terminal or reader that is gone is often noticed here first; later writes fail in the same way.
      if (!controller.signal.aborted) stop(code === 'EPIPE' ? 'SIGPIPE' : 'SIGHUP');
    });
  }
  const alone = (): void => {
    if (!controller.signal.aborted) stop('SIGTERM');
  };
  onceOrphaned(alone);
  endWithParent(alone);
  return controller.signal;
}

/**
 * npm starts a program through a shell and passes a SIGTERM on to that, which ends without a word to the program. What is
 * left to notice is that another process has become its parent.
 */
function onceOrphaned(stop: () => void): void {
  if (!startedByNpm()) return;
  const { ppid } = process;
  const timer = setInterval(() => {
    if (process.ppid === ppid) return;
    clearInterval(timer);
    stop();
  }, LOOK);
  timer.unref();
}
