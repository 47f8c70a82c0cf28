// Programs run to their end, and jobs two at a time.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../workspaces.mjs';

const exec = promisify(execFile);

/** The path of a development tool's command. */
export const bin = (name) => join(root, 'node_modules', '.bin', name);

/**
 * Runs a program to its end and gives its stdout; all it wrote becomes the error's message where it fails.
 *
 * @param env what it gets besides the environment of this process
 */
export async function run(command, args, cwd = root, env = {}) {
  const environment = { ...process.env, ...env };
  const child = exec(command, args, {
    cwd,
    env: environment,
    timeout: 600_000,
    maxBuffer: 1 << 26,
  });
  child.child.stdin.end();
  try {
    return (await child).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', code } = error;
    const what = [command, ...args].join(' ');
    throw new Error(`${what} (${code})\n${stdout}${stderr}`.trim(), { cause: error });
  }
}

/** Runs a job for each item, two at a time, and returns the messages of those that failed, each after its name. */
export async function each(items, nameOf, job) {
  const queue = [...items];
  const failures = [];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await job(item).catch((error) => failures.push(`${nameOf(item)}: ${error.message}`));
    }
  };
  await Promise.all([work(), work()]);
  return failures;
}
