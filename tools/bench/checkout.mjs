// The programs of a checkout that was built.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a program of a checkout to its end.
 *
 * @param folder the checkout, built by `tsc -b`
 * @param program `main` (mnet) or `main-bench` (mnet-bench)
 * @returns what it has written to stdout
 * @throws with its words and the line that says why where it fails
 */
export async function runIn(folder, program, words, env = {}) {
  const file = join(folder, 'packages', 'cli', 'dist', `${program}.js`);
  try {
    const { stdout } = await run(process.execPath, [file, ...words], {
      cwd: folder,
      env: { ...process.env, ...env },
      maxBuffer: 2 ** 28,
    });
    return stdout;
  } catch (error) {
    const lines = (error.stderr ?? '').trim().split('\n');
    const said = lines.find((line) => /^error: |Error: /.test(line)) ?? lines.at(-1);
    throw new Error(`${file} ${words.join(' ')}: ${said || error.message}`, { cause: error });
  }
}
