import { Command, runProgram } from '@mnet/cli';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runHere } from '../../../tools/processes/here.mjs';
import type { Outcome } from './helpers/mnet.ts';

afterEach(() => void vi.unstubAllEnvs());

/** Runs a program whose one command fails. */
const failing = (error: unknown, ...words: string[]): Promise<Outcome> => {
  const program = new Command('program');
  program.command('fail').action(() => {
    throw error;
  });
  return runHere(() => runProgram(program, ['node', 'program', ...words]));
};

/** An error of what was stopped, as `interruptSignal` and those who wrap its reason make it. */
const aborted = (more: object = {}): Error =>
  Object.assign(new DOMException('stopped', 'AbortError'), more);

describe('runProgram', () => {
  it('says errors in one line, with their stack where DEBUG asks for it', async () => {
    const error = new Error('the disk is full');
    vi.stubEnv('DEBUG', '');
    const short = await failing(error, 'fail');
    expect(short).toEqual({ status: 1, stdout: '', stderr: 'error: the disk is full\n' });
    expect((await failing('no room', 'fail')).stderr).toBe('error: no room\n');
    vi.stubEnv('DEBUG', '1');
    const long = await failing(error, 'fail');
    expect(long.stderr).toBe(`error: the disk is full\n${error.stack}\n`);
    expect((await failing('no room', 'fail')).stderr).toBe('error: no room\n');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGPIPE', 141],
  ])('ends what %s has stopped with %i', async (signal, status) => {
    expect((await failing(aborted({ signal }), 'fail')).status).toBe(status);
    expect((await failing(aborted({ cause: aborted({ signal }) }), 'fail')).status).toBe(status);
  });

  it('takes what was stopped without a signal for Ctrl-C', async () => {
    expect((await failing(aborted(), 'fail')).status).toBe(130);
    expect((await failing(aborted({ signal: 'SIGUSR1' }), 'fail')).status).toBe(130);
    // Another error that says a signal is a failure.
    const failed = Object.assign(new Error('killed'), { signal: 'SIGINT' });
    expect((await failing(failed, 'fail')).status).toBe(1);
  });

  it('prints its help where nothing is asked of it, and ends with 2 where that makes no sense', async () => {
    const help = await failing(new Error('no'));
    expect([help.status, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('Usage: program');
    const wrong = await failing(new Error('no'), 'fail', '--rate');
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("error: unknown option '--rate'"),
    ]);
    expect(wrong.stderr).toContain('--help explains every flag');
  });
});
