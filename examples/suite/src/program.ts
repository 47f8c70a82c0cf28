import { spawn } from 'node:child_process';
import type { Example } from './examples.ts';

const fromSource = ['--conditions=@mnet/source', '--import', import.meta.resolve('tsx')];

/** Exit codes of a program that a signal has stopped, as shells have them. */
const stopped = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** How a program has ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said on stdout and stderr, where that was kept. */
  readonly said: string;
}

/**
 * Runs an experiment as a program of its own, which says what it does on the same terminal. Where this program is told to
 * end, that one is told too, and ends in good order.
 *
 * @param quiet keeps what it says instead
 */
export function runExample(
  { main }: Example,
  words: readonly string[],
  quiet = false,
): Promise<Ending> {
  const flags = main.endsWith('.ts') ? fromSource : [];
  const stdio = quiet ? 'pipe' : 'inherit';
  const child = spawn(process.execPath, [...flags, main, ...words], {
    stdio: ['ignore', stdio, stdio],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const tell = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, tell);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const each of signals) process.off(each, tell);
      resolve({ code, signal, said });
    });
  });
}

/** The signal that has told a program to end, whether it ended in good order or at once. */
export function stoppedBy({ code, signal }: Pick<Ending, 'code' | 'signal'>): string | undefined {
  return Object.entries(stopped).find(([name, each]) => code === each || signal === name)?.[0];
}

/** Says how to go on, and gives the error with which a program ends that a signal has stopped. */
export function interrupted(signal: string, howToGoOn: string): Error {
  console.error(`stopped; ${howToGoOn}`);
  return Object.assign(new DOMException(`stopped by ${signal}`, 'AbortError'), { signal });
}
