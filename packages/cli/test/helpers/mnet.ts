import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { type Command, runProgram } from '@mnet/cli';
import { vi } from 'vitest';
import { mnetCommand } from '../../src/commands/mnet.ts';

const root = new URL('../..', import.meta.url).pathname;

/** What a program said, and its exit code. */
export interface Outcome {
  status: unknown;
  stdout: string;
  stderr: string;
}

/** Runs `mnet` in this process; only for commands that do not wait for signals. */
export function mnet(...args: string[]): Promise<Outcome> {
  return inProcess(mnetCommand(), args);
}

/** Runs a program's command line in this process. */
export async function inProcess(program: Command, args: readonly string[]): Promise<Outcome> {
  const out = { stdout: '', stderr: '' };
  const add = (stream: 'stdout' | 'stderr') => (text: unknown) => {
    out[stream] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(add('stdout')),
    vi.spyOn(process.stderr, 'write').mockImplementation(add('stderr')),
    vi.spyOn(console, 'log').mockImplementation((text) => add('stdout')(`${text}\n`)),
    vi.spyOn(console, 'error').mockImplementation((text) => add('stderr')(`${text}\n`)),
  ];
  try {
    process.exitCode = 0;
    await runProgram(program, ['node', program.name(), ...args]);
    return { ...out, status: process.exitCode };
  } finally {
    process.exitCode = 0;
    for (const spy of spies) spy.mockRestore();
  }
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

const commandLine = [
  process.execPath,
  '--conditions=@mnet/source',
  '--import',
  import.meta.resolve('tsx'),
  `${root}src/main.ts`,
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
