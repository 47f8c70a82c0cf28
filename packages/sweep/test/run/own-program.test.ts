import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRun } from '@mnet/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFlags } from '../../../../tools/processes/start.mjs';
import type { Config } from '../../src/config.ts';
import { ownPrograms } from '../../src/run/own-program.ts';
import type { Program } from '../../src/run/program.ts';
import type { RunProgress, RunWatch } from '../../src/run/run-process.ts';
import { configFile, startRun } from '../../src/run/start-run.ts';
import { loadStudy } from '../../src/study/study-file.ts';

const file = fileURLToPath(new URL('own.study.mjs', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'mnet-own-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A busy machine is no failure. */
const patient = { timeout: 60_000 };

let program: Program;
beforeAll(async () => {
  program = ownPrograms(await loadStudy(file), file)['run'] as Program;
});

const start = (
  name: string,
  config: Config,
  more: { untilEpoch?: number } = {},
  watch?: RunWatch,
) => startRun(program, { config, folder: join(dir, name), threads: 3, ...more }, watch);

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

describe('a run of a function of the study, in a process of its own', () => {
  it('is complete when it is, with its settings and what it printed beside it', async () => {
    const seen: RunProgress[] = [];
    const config = { epochs: 3, pace: 1 };
    const end = await start('a', config, {}, { onProgress: (each) => seen.push(each) }).end;
    expect(end).toEqual({ kind: 'complete' });
    expect(seen.at(-1)).toMatchObject({ epoch: 3, epochs: 3, validationAccuracy: 0.3 });
    const record = readRun(join(dir, 'a'));
    expect([record.status, record.options['threads']]).toEqual(['finished', 3]);
    expect(JSON.parse(readFileSync(configFile(join(dir, 'a')), 'utf8'))).toEqual(config);
    expect(existsSync(join(dir, 'a', 'output.log'))).toBe(true);
  });

  it('is paused after an epoch, and goes on from there', async () => {
    const config = { epochs: 4, pace: 1 };
    expect(await start('b', config, { untilEpoch: 2 }).end).toEqual({ kind: 'paused', epoch: 2 });
    expect(await start('b', config).end).toEqual({ kind: 'complete' });
    expect(readRun(join(dir, 'b')).epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  });

  it('is stopped, or killed, and goes on', async () => {
    const config = { epochs: 30, pace: 20 };
    for (const how of ['stop', 'kill'] as const) {
      const run = start('c', config, {}, { onProgress: () => run[how]() });
      expect(await run.end).toEqual({
        kind: 'stopped',
        signal: how === 'stop' ? 'SIGTERM' : 'SIGKILL',
      });
    }
    expect(await start('c', { ...config, pace: 1 }).end).toEqual({ kind: 'complete' });
    expect(readRun(join(dir, 'c')).epochs).toHaveLength(30);
  });

  it('ends by itself when its lease is over, and not before where it is renewed', async () => {
    const leased = start(
      'lease',
      { epochs: 1000, pace: 20 },
      {},
      {
        onProgress: ({ epoch }) => {
          if (epoch < 60) leased.lease?.(1500);
        },
      },
    );
    expect(await leased.end).toEqual({ kind: 'stopped', signal: 'lease' });
    expect(readRun(join(dir, 'lease')).epochs.length).toBeGreaterThanOrEqual(60);
  });

  it('fails with what it says', async () => {
    const end = await start('d', { fails: 'no such picture' }).end;
    expect(end).toEqual({ kind: 'failed', message: 'no such picture', final: false });
  });

  it('fails with what it says itself, and not with what an attempt before it said', async () => {
    const says = (text: string): Program => ({
      ...program,
      command: () => ({
        file: process.execPath,
        args: ['-e', `console.log(${JSON.stringify(text)}); process.exit(1)`],
      }),
    });
    for (const text of ['error: the disk is full', 'Killed']) {
      const end = await startRun(says(text), { config: {}, folder: join(dir, 'w'), threads: 1 })
        .end;
      expect(end).toMatchObject({ kind: 'failed', message: text.replace('error: ', '') });
    }
  });

  it('fails where it leaves no run', async () => {
    const none = { ...program, command: () => ({ file: process.execPath, args: ['-e', ''] }) };
    const end = await startRun(none, { config: {}, folder: join(dir, 'e'), threads: 1 }).end;
    expect(end).toMatchObject({ kind: 'failed', final: true });
    const missing = { ...program, command: () => ({ file: join(dir, 'nothing'), args: [] }) };
    const other = await startRun(missing, { config: {}, folder: join(dir, 'f'), threads: 1 }).end;
    expect(other).toMatchObject({ kind: 'failed', message: expect.stringContaining('ENOENT') });
  });

  it('ends when the process that started it is killed, and can be gone on with at once', async () => {
    const pids = join(dir, 'pid');
    const main = fileURLToPath(new URL('parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [...nodeFlags, main, file, join(dir, 'g'), pids], {
      stdio: 'ignore',
    });
    await expect
      .poll(() => existsSync(pids) && readFileSync(pids, 'utf8') !== '', patient)
      .toBe(true);
    await expect.poll(() => existsSync(join(dir, 'g', 'log.jsonl')), patient).toBe(true);
    parent.kill('SIGKILL');
    const again = start('g', { epochs: 8, pace: 1 });
    expect(await again.end).toEqual({ kind: 'complete' });
    const pid = Number(readFileSync(pids, 'utf8'));
    // It has left the folder before, and may yet be ending.
    await expect.poll(() => lives(pid), patient).toBe(false);
  });

  it('ends at once when the process that started it ends on purpose, though it heeds nothing', async () => {
    const pids = join(dir, 'busy');
    const main = fileURLToPath(new URL('parent.ts', import.meta.url));
    const parent = spawn(
      process.execPath,
      [...nodeFlags, main, file, join(dir, 'h'), pids, 'busy'],
      {
        stdio: 'ignore',
      },
    );
    await expect
      .poll(() => existsSync(pids) && readFileSync(pids, 'utf8') !== '', patient)
      .toBe(true);
    parent.kill('SIGTERM');
    const pid = Number(readFileSync(pids, 'utf8'));
    await expect.poll(() => isGone(pid), patient).toBe(true);
  });

  it('ends by itself when its parent is gone and it does not stop', async () => {
    const child = fork(fileURLToPath(new URL('deaf.ts', import.meta.url)), {
      execArgv: [...nodeFlags],
      env: { ...process.env, MNET_ENDS_WITH_PARENT: '1' },
    });
    const ended = once(child, 'exit');
    await once(child, 'message');
    child.disconnect();
    expect(await ended).toEqual([75, null]);
  });
});

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
