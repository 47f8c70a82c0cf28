import fs, {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRun, runPaths, sgd, train, type TrainOptions } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import { layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeTensors, encodeTensors } from '../src/runs/tensor-file.ts';
import { abortAfter, figures, lastCheckpoint, tinyDataset, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-damaged-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

const small = (): LayersModel =>
  sequential({
    layers: [
      layers.flatten({ inputShape: [6, 6, 3] }),
      layers.dense({ units: 3, kernelInitializer: 'zeros' }),
    ],
  });
const data = { train: tinyDataset(24, 1), validation: tinyDataset(12, 2) };
const each = { epochs: 3, batchSize: 12, optimizer: sgd({ momentum: 0.9 }) };
let folders = 0;
const folder = (): string => join(root, `run${++folders}`);

/** Lets nothing be written or removed from the given operation on; what it returns says whether it came to that. */
function dieAt(at: number): () => boolean {
  let operations = 0;
  for (const name of ['openSync', 'renameSync', 'appendFileSync', 'rmSync'] as const) {
    const original = fs[name] as (...args: unknown[]) => unknown;
    vi.spyOn(fs, name).mockImplementation((...args: unknown[]) => {
      operations += 1;
      if (operations >= at) throw new Error('dead');
      return original(...args) as never;
    });
  }
  return () => operations >= at;
}

/** A run that was stopped in its third epoch, and what goes on with it. */
async function stopped(options: Partial<TrainOptions> = {}) {
  const run = folder();
  const work = train(small(), data, { ...each, ...options, run, ...abortAfter(5) });
  await expect(work).rejects.toThrow('was stopped');
  let steps = 0;
  const callbacks = [{ onStepEnd: () => void (steps += 1) }];
  const resume = (model = small()) =>
    train(model, data, { ...each, ...options, run, resume: true, callbacks });
  return { run, paths: runPaths(run), checkpoint: lastCheckpoint(run), resume, steps: () => steps };
}

describe('a damaged run', () => {
  it('with any bit of its checkpoint flipped is not resumed', async () => {
    const { checkpoint, resume } = await stopped();
    const bytes = readFileSync(checkpoint);
    for (let at = 0; at < bytes.length; at += 53) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ (1 << (at & 7));
      writeFileSync(checkpoint, changed);
      await expect(resume(), `byte ${at}`).rejects.toThrow(checkpoint);
    }
    writeFileSync(checkpoint, bytes);
    expect((await resume()).status).toBe('finished');
  });

  it('with a checkpoint of an older version or another run names that', async () => {
    const [a, b] = [await stopped(), await stopped()];
    writeFileSync(a.checkpoint, readFileSync(b.checkpoint));
    const id = (run: string): string =>
      JSON.parse(readFileSync(runPaths(run).config, 'utf8')).id as string;
    await expect(a.resume()).rejects.toThrow(
      `${a.checkpoint}: it is of the run ${id(b.run)}, config.json of ${id(a.run)}`,
    );
    const { tensors } = decodeTensors(readFileSync(b.checkpoint), 'b');
    const old = encodeTensors({ tensors, metadata: { format: 'mnet-checkpoint-1' } });
    writeFileSync(a.checkpoint, Buffer.concat(old));
    await expect(a.resume()).rejects.toThrow(
      "its format is 'mnet-checkpoint-1', this version reads",
    );
    rmSync(a.paths.checkpoints, { recursive: true });
    await expect(a.resume()).rejects.toThrow(
      `${a.paths.checkpoints}: holds no checkpoint, although ${a.paths.log} has 2 epochs`,
    );
    expect(a.steps()).toBe(0);
  });

  it.each([
    ['epoch', { epoch: 99 }],
    ['epoch', { epoch: -1 }],
    ['step', { step: 3 }],
    ['step', { step: 0.5 }],
    ['step', { epoch: 3, step: 1 }],
    ['history', { epoch: 3, step: 0 }],
    ['history', { history: [] }],
    ['history', { history: [{ epoch: 2 }, { epoch: 1 }] }],
    ['history', { history: 'none' }],
    ['history', { epoch: 1, history: [{ epoch: 1, step: 1 }] }],
    ['stopped', { stopped: 'yes' }],
    ['stopped', { epoch: 0, step: 0, history: [], stopped: true }],
    ['meter', { meter: { images: 'many' } }],
    ['meter', { meter: null }],
    ['recent', { recent: null }],
    ['recent', { recent: { images: 1, loss: 'low', correct: 0, terms: {} } }],
    ['complete', { complete: { status: 'finished' } }],
    ['complete', { complete: { status: 'stopped-early' } }],
    ['complete.status', { complete: { status: 'won' } }],
  ])('with a wrong %s in its progress does not count as finished', async (key, change) => {
    const { checkpoint, resume, steps } = await stopped();
    const { tensors, metadata } = decodeTensors(readFileSync(checkpoint), 'checkpoint');
    const { digest: _digest, ...rest } = metadata;
    const progress = { ...JSON.parse(metadata.progress as string), ...change };
    const changed = { ...rest, progress: JSON.stringify(progress) };
    writeFileSync(checkpoint, Buffer.concat(encodeTensors({ tensors, metadata: changed })));
    await expect(resume()).rejects.toThrow(
      `${checkpoint}: its progress is not one of this training (${key}`,
    );
    expect(steps()).toBe(0);
  });

  it('with a bad line in its log says which before the first step, and goes on without the log', async () => {
    const straight = small();
    const whole = await train(straight, data, each);
    const { run, paths, resume, steps } = await stopped();
    const log = readFileSync(paths.log, 'utf8');
    const lines = log.trimEnd().split('\n');
    const write = (changed: readonly string[]): void =>
      writeFileSync(paths.log, `${changed.join('\n')}\n`);
    const kept = 'The checkpoint holds all 2 epochs that are done: put that line right, or remove';
    write(lines.with(2, '{"event":"epo'));
    await expect(resume()).rejects.toThrow(`${paths.log}:3: not a line of this run's log`);
    await expect(resume()).rejects.toThrow(kept);
    const first = lines.findIndex((line) => line.includes('"event":"epoch"'));
    const line = lines[first] as string;
    write(lines.with(first, line.replace('"trainLoss":', '"trainLoss":1')));
    await expect(resume()).rejects.toThrow(
      `${paths.log}: epoch 1 has other figures than the checkpoint. ${kept}`,
    );
    write(lines.toSpliced(first, 1));
    await expect(resume()).rejects.toThrow('epoch 1 is not there, unlike in the checkpoint');
    expect(steps()).toBe(0);

    rmSync(paths.log);
    const model = small();
    const rest = await resume(model);
    expect(weightsOf(model)).toEqual(weightsOf(straight));
    expect(figures({ history: readRun(run).epochs })).toEqual(figures(whole));
    expect(rest.record).toMatchObject({ status: 'finished' });

    // A complete one too.
    const ended = readFileSync(paths.log, 'utf8').trimEnd().split('\n');
    write(ended.with(0, 'x'));
    await expect(resume()).rejects.toThrow(`${paths.log}:1: not a line`);
    rmSync(paths.log);
    expect((await resume()).record).toMatchObject({ status: 'finished', epochs: rest.history });
  });

  it('with another config says what differs', async () => {
    const { paths, resume } = await stopped();
    const config = JSON.parse(readFileSync(paths.config, 'utf8'));
    const write = (changed: object): void =>
      writeFileSync(paths.config, JSON.stringify({ ...config, ...changed }));
    write({ options: { ...config.options, epochs: 1 } });
    await expect(resume()).rejects.toThrow('options.epochs: it has 1, got 3');
    write({ model: null });
    await expect(resume()).rejects.toThrow(`${paths.config}: model is null, takes an object`);
    write({ id: 'another' });
    await expect(resume()).rejects.toThrow('config.json of another');
    write({});
    expect((await resume()).status).toBe('finished');
  });
});

describe('a run folder that cannot be had', () => {
  it('is named: below a file, a link to nothing, read only', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    const begin = (run: string) => train(small(), data, { ...each, run });
    await expect(begin(join(file, 'run'))).rejects.toThrow(
      /^run: '.*file\/run' cannot be made: ENOT/,
    );
    const link = join(root, 'link');
    symlinkSync(join(root, 'nowhere', 'run'), link);
    await expect(begin(link)).rejects.toThrow(/^run: '.*link' cannot be made: E/);
    vi.spyOn(fs, 'openSync').mockImplementation(() => {
      throw new Error('EROFS: read-only file system, open');
    });
    await expect(begin(folder())).rejects.toThrow(/could not be written: EROFS/);
  });

  it('is only read where its run is complete', async () => {
    const run = folder();
    const model = small();
    await train(model, data, { ...each, run });
    const before = [statSync(run, { bigint: true }).mtimeNs, readdirSync(run)];
    for (const name of ['writeSync', 'appendFileSync', 'mkdirSync', 'renameSync'] as const) {
      vi.spyOn(fs, name).mockImplementation(() => {
        throw new Error('EROFS');
      });
    }
    const again = small();
    expect((await train(again, data, { ...each, run, resume: true })).status).toBe('finished');
    vi.restoreAllMocks();
    expect(weightsOf(again)).toEqual(weightsOf(model));
    expect([statSync(run, { bigint: true }).mtimeNs, readdirSync(run)]).toEqual(before);
  });
});

describe('overwrite', () => {
  let ended: readonly number[];
  let replaced: readonly number[];
  beforeEach(async () => {
    const [a, b] = [small(), small()];
    await train(a, data, { ...each, seed: 1 });
    await train(b, data, { ...each, seed: 2 });
    ended = weightsOf(a);
    replaced = weightsOf(b);
  });

  it('that dies at any point leaves the old run or the start of the new one', async () => {
    const outcomes = new Set<string>();
    let died = true;
    for (let at = 1; died; at++) {
      const run = folder();
      await train(small(), data, { ...each, seed: 1, run });
      writeFileSync(join(run, 'notes.txt'), 'mine');
      const isDead = dieAt(at);
      // At the latest when the first step is made, all is in place.
      const abort = abortAfter(1);
      await train(small(), data, { ...each, seed: 2, run, overwrite: true, ...abort }).catch(
        () => {},
      );
      died = isDead();
      vi.restoreAllMocks();

      const { id, options } = JSON.parse(readFileSync(runPaths(run).config, 'utf8'));
      const old = options.seed === 1;
      outcomes.add(old ? 'old' : 'new');
      const model = small();
      const go = { ...each, run, resume: true };
      await expect(train(small(), data, { ...go, seed: old ? 2 : 1 })).rejects.toThrow(
        'options.seed',
      );
      const result = await train(model, data, { ...go, seed: options.seed });
      expect(weightsOf(model), `operation ${at}`).toEqual(old ? ended : replaced);
      expect(readRun(run)).toMatchObject({ id, status: 'finished', epochs: result.history });
      expect(readFileSync(join(run, 'notes.txt'), 'utf8')).toBe('mine');
      await train(small(), data, { ...each, seed: 3, run, overwrite: true });
      expect(readdirSync(run).filter((name) => /tmp|lock/.test(name))).toEqual([]);
      expect(readRun(run).options.seed).toBe(3);
      rmSync(run, { recursive: true });
    }
    expect([...outcomes].toSorted()).toEqual(['new', 'old']);
  });
});
