import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, runProgram } from '@mnet/cli';
import { onTestFinished } from 'vitest';
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
  if (interruptAt === undefined) return outcomeOf(start(cwd, args));
  const hold = holdAt(interruptAt);
  const child = start(cwd, args, hold);
  return outcomeOf(child, interruptAt, () => {
    child.kill('SIGINT');
    hold.release();
  });
}

/**
 * Runs `mnet` as a script of npm's, through a shell; when its output matches, the shell gets a SIGTERM, as npm passes it on.
 */
export function mnetByNpm(cwd: string, args: readonly string[], endAt: RegExp): Promise<Outcome> {
  const hold = holdAt(endAt);
  const [node, ...words] = commandLine;
  // With a command after it, every shell waits for the program and does not become it.
  const command = [node, ...hold.flags, ...words, ...args].map((word) => `'${word}'`).join(' ');
  const env = { ...ownEnvironment(), ...hold.env, npm_lifecycle_event: 'start' };
  const child = spawn('sh', ['-c', `${command}; true`], { cwd, env });
  return outcomeOf(child, endAt, () => {
    // Held for longer than lies between two looks at its parent, the program's next look is due when it goes on.
    child.once('exit', () => setTimeout(hold.release, betweenLooks + 100));
    child.kill('SIGTERM');
  });
}

/** How often a program looks whether npm is gone, in milliseconds: `LOOK` of src/program/interrupt.ts. */
const betweenLooks = 500;

interface Hold {
  /** What Node.js takes before the program. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly release: () => void;
}

/** Has a program wait where its output matches, until it is released. */
function holdAt(pattern: RegExp): Hold {
  const file = join(tmpdir(), `mnet-hold-${randomUUID()}`);
  onTestFinished(() => rmSync(file, { force: true }));
  return {
    flags: ['--import', new URL('hold.mjs', import.meta.url).href],
    env: { HOLD_AT: pattern.source, HOLD_UNTIL: file },
    release: () => writeFileSync(file, ''),
  };
}

/** What a program says, and how it ends; once its output matches, `onMatch` is called. */
function outcomeOf(
  child: ChildProcessWithoutNullStreams,
  pattern?: RegExp,
  onMatch: () => void = () => {},
): Promise<Outcome> {
  const outcome: Outcome = { status: null, stdout: '', stderr: '' };
  let matched = false;
  child.stdout.on('data', (chunk: Buffer) => {
    outcome.stdout += chunk.toString();
    if (matched || !pattern?.test(outcome.stdout)) return;
    matched = true;
    onMatch();
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
  process.env.MNET_BUILT === '1' ? `${root}dist/main.js` : `${root}src/main.ts`,
];

/** This process's, without what tells that npm has started it. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { INIT_CWD: _, npm_package_json: __, npm_lifecycle_event: ___, ...env } = process.env;
  return env;
}

function start(
  cwd: string,
  args: readonly string[],
  { flags, env }: Pick<Hold, 'flags' | 'env'> = { flags: [], env: {} },
): ChildProcessWithoutNullStreams {
  const [node, ...words] = commandLine;
  return spawn(node as string, [...flags, ...words, ...args], {
    cwd,
    env: { ...ownEnvironment(), ...env },
  });
}
