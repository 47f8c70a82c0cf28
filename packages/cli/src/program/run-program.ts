import type { Command, CommanderError } from 'commander';

/** Exit code of a command that failed. */
const failed = 1;
/** Exit code of a command line that makes no sense. */
const misused = 2;
/** Exit code of an experiment that is done but for trainings that diverged. */
export const diverged = 3;
/** Exit codes of a command that a signal stopped, as shells have them: 128 and the signal's number. */
const interrupted = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

/**
 * Runs a command line to its end and sets the exit code: 0 where it worked or only help was asked for, 2 for a wrong
 * flag, 130 after Ctrl-C (128 and the number of any other signal), 3 where all of an experiment is done but for trainings that
 * diverged, 1 for anything else. An error is one line on stderr;
 * with the environment variable `DEBUG`, its stack too. A program of several commands prints its help where none is given.
 */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  for (const command of withCommands(program)) {
    command.exitOverride().showHelpAfterError('(--help explains every flag)');
  }
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(endOfReader)) stream.on('error', endOfReader);
  }
  const asksNothing = argv.length <= 2 && program.commands.length > 0;
  try {
    await program.parseAsync(asksNothing ? [...argv, '--help'] : argv);
  } catch (error) {
    if (isCommanderError(error)) {
      process.exitCode = error.exitCode === 0 ? 0 : misused;
      return;
    }
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    if (process.env.DEBUG && error instanceof Error) console.error(error.stack);
    process.exitCode = error instanceof Error ? codeOf(error) : failed;
  }
}

/** Ends a program whose reader has read enough, as `head` has. A command that stops in good order listens itself. */
function endOfReader(this: NodeJS.WriteStream): void {
  if (this.listenerCount('error') === 1) process.exit(interrupted.SIGPIPE);
}

function withCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withCommands)];
}

/** Trainings of an experiment diverged, and all others are done. */
export class SomeDivergedError extends Error {
  override readonly name = 'SomeDivergedError';
}

/** What was aborted has the code of the signal that the error, or its cause, names; without one it was Ctrl-C. */
function codeOf(error: Error): number {
  if (error instanceof SomeDivergedError) return diverged;
  if (error.name !== 'AbortError') return failed;
  const named = [error, error.cause].map(
    (each) => (each as { signal?: unknown } | undefined)?.signal,
  );
  const signal = named.find((each) => each !== undefined) as keyof typeof interrupted;
  return interrupted[signal] ?? interrupted.SIGINT;
}

/** By its code and not its class, of which there may be several: a program may have its own copy of commander. */
function isCommanderError(error: unknown): error is CommanderError {
  return String((error as CommanderError | undefined)?.code).startsWith('commander.');
}
