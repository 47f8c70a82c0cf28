import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What `mnet` as a process of its own has said. */
export interface MnetOutcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** From source where this is source, else from what was built. */
function commandLine(): string[] {
  const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  if (!import.meta.url.endsWith('.ts')) return [at('../main.js')];
  return ['--conditions=@mnet/source', '--import', import.meta.resolve('tsx'), at('../main.ts')];
}

/**
 * Runs `mnet` with these arguments as a process of its own, which ends before it resolves.
 *
 * @param signal ends the process
 * @throws the signal's reason if it is aborted
 */
export async function mnetProcess(
  args: readonly string[],
  signal?: AbortSignal,
): Promise<MnetOutcome> {
  const options = { maxBuffer: 2 ** 28, ...(signal && { signal }) };
  try {
    const run = promisify(execFile)(process.execPath, [...commandLine(), ...args], options);
    return { status: 0, ...(await run) };
  } catch (error) {
    signal?.throwIfAborted();
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { status: code, stdout: stdout ?? '', stderr: stderr ?? '' };
  }
}
