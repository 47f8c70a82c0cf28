import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRun, openRun, readRun, train, TrainingAbortedError } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killable } from './killable-options.ts';
import { nodeFlags } from '../../../tools/processes/start.mjs';
import {
  abortAfter,
  exampleConfig,
  figures,
  quick,
  tinyModel,
  tinySplits,
  weightsOf,
} from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-locks-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
let folders = 0;
const folder = (): string => join(root, `run${++folders}`);

it('a lock listens to no signal, so that a Ctrl-C that one handler took once ends nothing', async () => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const before = signals.map((signal) => process.listenerCount(signal));
  (await createRun(folder(), exampleConfig())).close();
  expect(signals.map((signal) => process.listenerCount(signal))).toEqual(before);
});

describe('a run folder belongs to one training', () => {
  it('of two in one process, the second is refused until the first has ended', async () => {
    const run = folder();
    let second: Promise<unknown> | undefined;
    const onStepEnd = async (): Promise<void> => {
      if (second) return;
      second = train(tinyModel(), data, { ...quick, run, overwrite: true });
      await second.catch(() => {});
    };
    const straight = tinyModel();
    await train(straight, data, quick);
    const first = tinyModel();
    await train(first, data, { ...quick, run, callbacks: [{ onStepEnd }] });
    await expect(second).rejects.toThrow(
      /^run: '.*run\d+' is in use by another training of this process, since 20.*; wait for its end, or take another folder$/,
    );
    expect(weightsOf(first)).toEqual(weightsOf(straight));
    expect(readRun(run).status).toBe('finished');
    await train(tinyModel(), data, { ...quick, run, overwrite: true });
    expect(readdirSync(run).filter((name) => name.includes('lock'))).toEqual([]);
  });

  it('of several that start at once, one gets it', async () => {
    const dir = folder();
    const all = await Promise.allSettled(
      Array.from({ length: 6 }, () => createRun(dir, exampleConfig(), { overwrite: true })),
    );
    const made = all.filter((one) => one.status === 'fulfilled');
    const refused = all.filter((one) => one.status === 'rejected');
    expect(made).toHaveLength(1);
    for (const { reason } of refused) expect(String(reason)).toContain('is in use by another');
    const lines = readFileSync(join(dir, 'log.jsonl'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] as string).run).toBe(made[0]?.value.config.id);
    made[0]?.value.close();
  });

  it('of another process while that lives; killed, it goes on at once to the same bits', async () => {
    const straight = tinyModel({ dropout: 0.2 });
    const whole = await train(straight, data, killable);
    const run = folder();
    const script = fileURLToPath(new URL('killable.ts', import.meta.url));
    const child = spawn(process.execPath, [...nodeFlags, script, run], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const go = { ...killable, run, resume: true };
    const resumed = tinyModel({ dropout: 0.2 });
    let text = '';
    for await (const part of child.stdout) {
      text += part;
      // It has stopped there, in the middle of an epoch, and waits for its end.
      if (!text.includes('step 3.1')) continue;
      await expect(train(resumed, data, go)).rejects.toThrow(
        `is in use by process ${child.pid} on`,
      );
      child.kill('SIGKILL');
    }
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(existsSync(join(run, 'run.lock'))).toBe(true);
    expect(readRun(run)).toMatchObject({ status: 'running', epochs: [{ epoch: 1 }, { epoch: 2 }] });

    const rest = await train(resumed, data, go);
    expect(weightsOf(resumed)).toEqual(weightsOf(straight));
    expect(figures(rest)).toEqual(figures(whole));
  });

  it('and a training that has lost it stops and writes nothing more', async () => {
    const run = folder();
    let content: string[] = [];
    const read = (): string[] =>
      readdirSync(run, { recursive: true, encoding: 'utf8', withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => `${name} ${readFileSync(join(parentPath, name), 'latin1')}`);
    let steps = 0;
    const onStepEnd = (): void => {
      steps += 1;
      if (steps !== 2) return;
      const other = { id: 'x', pid: process.ppid, thread: 0, place: 'elsewhere', since: 'now' };
      writeFileSync(join(run, 'run.lock'), JSON.stringify(other));
      content = read();
    };
    const work = train(tinyModel(), data, { ...quick, run, callbacks: [{ onStepEnd }] });
    await expect(work).rejects.toThrow(
      `run: '${run}' was taken over by process ${process.ppid} on elsewhere; this training has stopped and writes nothing more to it`,
    );
    expect(steps).toBeLessThanOrEqual(3);
    expect(read()).toEqual(content);
  });

  it('of another machine while that gives signs of life', async () => {
    const dir = folder();
    (await createRun(dir, exampleConfig())).close();
    const file = join(dir, 'run.lock');
    const other = { id: 'x', pid: 1, thread: 0, place: 'elsewhere', since: '2026-01-01' };
    writeFileSync(file, JSON.stringify(other));
    await expect(openRun(dir)).rejects.toThrow(
      /is in use by process 1 on elsewhere, since 2026-01-01; .*a minute/,
    );
    const old = Date.now() / 1000 - 61;
    utimesSync(file, old, old);
    const run = await openRun(dir);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(JSON.parse(readFileSync(file, 'utf8')).place).toContain(hostname());
    run.close();
    expect(existsSync(file)).toBe(false);
  });

  it('and one of a process that is gone, or of its number used again, is void', async () => {
    const dir = folder();
    const run = await createRun(dir, exampleConfig());
    const file = join(dir, 'run.lock');
    const own = JSON.parse(readFileSync(file, 'utf8'));
    run.close();
    const take = async (holder: object): Promise<void> => {
      writeFileSync(file, JSON.stringify(holder));
      (await openRun(dir)).close();
    };
    const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(gone, 'exit');
    await take({ ...own, pid: gone.pid });
    // This process, but of no lock that it has.
    await take({ ...own, id: 'another' });
    // Linux says when a process has started.
    if (own.started !== undefined) await take({ ...own, pid: process.ppid, started: '1' });
    await expect(take({ ...own, pid: process.ppid, started: undefined })).rejects.toThrow(
      `is in use by process ${process.ppid}`,
    );
    rmSync(file);
    writeFileSync(file, 'not JSON');
    await take(own);
  });

  it('and leaves none behind where it is refused or ends in an error', async () => {
    const run = folder();
    await expect(train(tinyModel(), data, { ...quick, run, ...abortAfter(2) })).rejects.toThrow(
      TrainingAbortedError,
    );
    const go = { ...quick, run, resume: true };
    await expect(train(tinyModel(), data, { ...go, batchSize: 8 })).rejects.toThrow('batchSize');
    expect(existsSync(join(run, 'run.lock'))).toBe(false);
    await expect(train(tinyModel(), data, { ...quick, run })).rejects.toThrow(
      'holds a run already',
    );
    await train(tinyModel(), data, go);
    expect(readdirSync(run).filter((name) => name.includes('lock'))).toEqual([]);
  });
});
