import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ownProcess } from './own-process.ts';

/** What `mnet-bench` as a process of its own has said. */
export interface BenchOutcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `mnet-bench` with these arguments as a process of its own, which ends before it resolves.
 *
 * @param signal ends the process
 * @throws the signal's reason if it is aborted
 */
export async function benchProcess(
  args: readonly string[],
  signal?: AbortSignal,
): Promise<BenchOutcome> {
  const options = { maxBuffer: 2 ** 28, ...(signal && { signal }) };
  try {
    const run = promisify(execFile)(
      process.execPath,
      [...ownProcess('main-bench'), ...args],
      options,
    );
    return { status: 0, ...(await run) };
  } catch (error) {
    signal?.throwIfAborted();
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { status: code, stdout: stdout ?? '', stderr: stderr ?? '' };
  }
}
