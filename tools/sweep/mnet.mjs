import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What Node.js is given to run `mnet` as it was built. */
export const mnetCommand = [
  fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url)),
];

/**
 * Runs `mnet` to its end.
 *
 * @param {string[]} args
 */
export async function run(args) {
  const child = spawn(process.execPath, [...mnetCommand, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (text) => {
    printed += text;
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0)
    throw new Error(`mnet ${args.join(' ')} ended with ${code}: ${printed.slice(-2000)}`);
}
