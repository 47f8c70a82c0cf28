import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { type Command, runProgram } from '@mnet/cli';
import { runHere } from '../../../../tools/processes/here.mjs';
import { nodeFlags } from '../../../../tools/processes/start.mjs';
import { mnetCommand } from '../../src/commands/mnet.ts';

const root = new URL('../..', import.meta.url).pathname;

/** What a program said, and its exit code. */
export interface Outcome {
  status: unknown;
  stdout: string;
  stderr: string;
}

/** Runs `mnet` in this process; no signal can be sent to it. */
export function mnet(...args: string[]): Promise<Outcome> {
  return inProcess(mnetCommand(), args);
}

/** Runs `mnet` in this process, in the folder `cwd`. */
export function mnetAt(cwd: string, args: readonly string[]): Promise<Outcome> {
  return inProcess(mnetCommand(), args, cwd);
}

/** Runs a program's command line in this process. */
export function inProcess(
  program: Command,
  args: readonly string[],
  cwd?: string,
): Promise<Outcome> {
  return runHere(() => runProgram(program, ['node', program.name(), ...args]), cwd);
}

/** Runs `mnet` as a program of its own, in `cwd`; when its output matches `interruptAt`, it gets a SIGINT. */
export function mnetIn(
  cwd: string,
  args: readonly string[],
  interruptAt?: RegExp,
): Promise<Outcome> {
  return outcomeOf(start(cwd, args), 'SIGINT', interruptAt);
}

/**
 * Runs `mnet` as a script of npm's, through a shell; when its output matches, the shell gets a SIGTERM, as npm passes it on.
 */
export function mnetByNpm(cwd: string, args: readonly string[], endAt: RegExp): Promise<Outcome> {
  // With a command after it, every shell waits for the program and does not become it.
  const command = [...commandLine, ...args].map((word) => `'${word}'`).join(' ');
  const env = { ...ownEnvironment(), npm_lifecycle_event: 'start' };
  const child = spawn('sh', ['-c', `${command}; true`], { cwd, env });
  return outcomeOf(child, 'SIGTERM', endAt);
}

function outcomeOf(
  child: ChildProcessWithoutNullStreams,
  signal: 'SIGINT' | 'SIGTERM',
  signalAt: RegExp | undefined,
): Promise<Outcome> {
  const outcome: Outcome = { status: null, stdout: '', stderr: '' };
  let sent = false;
  child.stdout.on('data', (chunk: Buffer) => {
    outcome.stdout += chunk.toString();
    if (sent || !signalAt?.test(outcome.stdout)) return;
    sent = true;
    child.kill(signal);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    outcome.stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ ...outcome, status }));
  });
}

/** The exit code of `mnet` as a program of its own, of whose output nobody reads anything. */
export function mnetUnread(args: readonly string[]): Promise<number | null> {
  const child = start(root, args);
  child.stdout.destroy();
  return new Promise((resolve) => {
    child.on('close', resolve);
  });
}

/** The words that start `mnet`: as users have it, where all was just built. */
export const commandLine: readonly string[] = [
  process.execPath,
  ...(process.env.MNET_BUILT === '1' ? [] : nodeFlags),
  process.env.MNET_BUILT === '1' ? `${root}bin/mnet.js` : `${root}src/main.ts`,
];

/** This process's, without what tells that npm has started it. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { INIT_CWD: _, npm_package_json: __, npm_lifecycle_event: ___, ...env } = process.env;
  return env;
}

function start(cwd: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const [node, ...words] = commandLine;
  return spawn(node as string, [...words, ...args], { cwd, env: ownEnvironment() });
}
