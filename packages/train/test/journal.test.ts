import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRun, type EpochRecord, readRun, type RunRecord } from '@mnet/train';
import { setBackend, tensor1d, variable } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderJournal } from '../src/journal/folder-journal.ts';
import { silentJournal } from '../src/journal/silent-journal.ts';
import { readCheckpoint } from '../src/runs/checkpoint.ts';
import { exampleConfig, tinyModel } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-journal-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const folder = (): string => join(root, `run${++folders}`);
const meter = { images: 0, loss: 0, correct: 0, terms: {}, seconds: 0 };
const epoch = (n: number): EpochRecord => ({
  epoch: n,
  step: 3 * n,
  learningRate: 0.1,
  trainLoss: 1,
  trainAccuracy: 0.5,
  seconds: 2,
  imagesPerSecond: 100,
});
const result = {
  history: [epoch(1)],
  best: epoch(1),
  status: 'finished',
  seconds: 2,
} as const;

describe('a journal in a folder', () => {
  it('writes epochs, checkpoints and the end, and then no failure any more', async () => {
    const dir = folder();
    const run = await createRun(dir, exampleConfig());
    const journal = folderJournal(run, { keep: 2 });
    const weight = variable(tensor1d([1, 2]));
    const progress = { epoch: 1, step: 0, meter, history: [epoch(1)] };
    const state = { progress, weights: [Float32Array.of(1, 2)] };
    journal.logEpoch(progress.history);
    await journal.checkpoint(() => Promise.resolve(state), [weight]);
    expect(readdirSync(dir)).not.toContain('checkpoints');
    for (let time = 0; time < 2; time++) journal.flush();
    const file = join(run.paths.checkpoints, 'epoch-0001-step-000003.safetensors');
    expect(readCheckpoint(file, run.config.id)).toMatchObject(state);
    expect(readFileSync(run.paths.metrics, 'utf8').split('\n')).toHaveLength(3);
    expect(readRun(dir)).toMatchObject({ status: 'running', epochs: [epoch(1)] });

    const complete = { status: 'finished' } as const;
    const end = { ...state, progress: { ...progress, complete } };
    await journal.complete(tinyModel(), end, [weight]);
    journal.fail('stopped', new Error('too late'));
    expect(journal.dir).toBe(dir);
    expect(journal.record(result)).toEqual(readRun(dir));
    expect(readRun(dir).status).toBe('finished');
    expect(readCheckpoint(run.paths.checkpoint, run.config.id)?.progress.complete).toEqual(
      complete,
    );
    expect(readdirSync(run.paths.model)).toContain('model.json');
    journal.close();
    weight.dispose();
    expect(readdirSync(dir)).not.toContain('run.lock');
  });

  it('writes down a failure, and says nothing of one to do so', async () => {
    const dir = folder();
    const run = await createRun(dir, exampleConfig());
    const journal = folderJournal(run, { keep: 2 });
    journal.fail('diverged', new Error('NaN'));
    expect(readRun(dir)).toMatchObject({ status: 'diverged', error: 'NaN' });
    journal.fail('stopped', 'no error at all');
    expect(readRun(dir)).toMatchObject({ status: 'stopped', error: 'no error at all' });
    takeOver(dir);
    journal.fail('stopped', new Error('unheard'));
    expect(readRun(dir).error).toBe('no error at all');
  });

  it('looks at the lock between steps now and then, and at every write', async () => {
    const dir = folder();
    let time = 0;
    const journal = folderJournal(await createRun(dir, exampleConfig()), { keep: 2 }, () => time);
    takeOver(dir);
    time += 499;
    journal.check();
    time += 1;
    expect(() => journal.check()).toThrow('was taken over by process 1 on elsewhere');
    expect(() => journal.logEpoch([epoch(1)])).toThrow('was taken over');
    const checkpoint = journal.checkpoint(() => Promise.resolve({} as never), []);
    await expect(checkpoint).rejects.toThrow('was taken over');
  });
});

it('a silent journal writes nothing, and reads no state for it', async () => {
  const record = { name: 'made in memory' } as RunRecord;
  const journal = silentJournal((figures) => ({ ...record, seconds: figures.seconds }));
  journal.check();
  journal.logEpoch([epoch(1)]);
  journal.flush();
  await journal.checkpoint(() => Promise.reject(new Error('read for nothing')), []);
  await journal.complete({} as never, {} as never, []);
  journal.fail('stopped', new Error('bad'));
  journal.close();
  expect(journal.dir).toBeUndefined();
  expect(journal.record(result)).toEqual({ name: 'made in memory', seconds: 2 });
});

function takeOver(dir: string): void {
  const other = { id: 'x', pid: 1, thread: 0, place: 'elsewhere', since: 'now' };
  writeFileSync(join(dir, 'run.lock'), JSON.stringify(other));
}
