import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSystem } from '@mnet/layers';
import {
  adam,
  cosine,
  createRun,
  evaluate,
  openRun,
  readRun,
  runPaths,
  sgd,
  type StepInfo,
  train,
  TrainingAbortedError,
  type TrainOptions,
} from '@mnet/train';
import { memory, mul, setBackend, train as stock } from '@tensorflow/tfjs-core';
import { layers, type LayersModel, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  abortAfter,
  exampleConfig,
  figures,
  lastCheckpoint,
  tinyDataset,
  tinyModel,
  tinySplits,
  weightsOf,
} from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-train-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

const data = tinySplits();
let folders = 0;
const folder = (): string => join(root, `run${++folders}`);
const quick = { epochs: 3, batchSize: 16, optimizer: adam({ learningRate: 0.01 }) };

describe('a run folder', () => {
  it('holds the configuration, the log, the table and the model', async () => {
    const run = folder();
    const model = tinyModel();
    const { record, history, test } = await train(model, data, { ...quick, run });
    expect(readdirSync(run).toSorted()).toEqual([
      'checkpoint.safetensors',
      'checkpoints',
      'config.json',
      'log.jsonl',
      'metrics.csv',
      'model',
      'test.json',
    ]);
    expect(readRun(run)).toEqual(record);
    expect(record).toMatchObject({
      name: `run${folders}`,
      status: 'finished',
      epochs: history,
      test,
    });
    expect(record.command).toEqual(process.argv);

    const [header, ...rows] = readFileSync(join(run, 'metrics.csv'), 'utf8').trim().split('\n');
    expect(header).toBe(
      'epoch,step,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds,validation_seconds,images_per_second',
    );
    expect(rows.map((row) => Number(row.split(',')[3]))).toEqual(history.map((r) => r.trainLoss));

    const loaded = await loadLayersModel(fileSystem(join(run, 'model')));
    expect(weightsOf(loaded)).toEqual(weightsOf(model));
    expect((await evaluate(loaded, data.test)).accuracy).toBe(test?.accuracy);
  });

  it('is not replaced unless that is asked for', async () => {
    const run = folder();
    await train(tinyModel(), data, { ...quick, epochs: 1, run });
    writeFileSync(join(run, 'notes.txt'), 'mine');
    const before = readFileSync(join(run, 'log.jsonl'), 'utf8');
    await expect(train(tinyModel(), data, { ...quick, run })).rejects.toThrow(
      `run: '${run}' holds a run already (finished, 1 epochs done); write resume: true to go on with it, overwrite: true to replace it, or another folder`,
    );
    expect(readFileSync(join(run, 'log.jsonl'), 'utf8')).toBe(before);
    await train(tinyModel(), data, { ...quick, epochs: 2, run, overwrite: true });
    expect(readRun(run).epochs).toHaveLength(2);
    expect(readFileSync(join(run, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('can be made and read without a training', async () => {
    const dir = folder();
    const config = exampleConfig();
    const run = await createRun(dir, config);
    run.log({ event: 'epoch', ...exampleEpoch(1) });
    run.log({ event: 'epoch', ...exampleEpoch(2), terms: { kd: 0.5 } });
    // A resumed run trains an epoch again whose checkpoint was lost: the later line counts.
    run.log({ event: 'resume', run: run.config.id, epoch: 2, step: 0 });
    run.log({ event: 'epoch', ...exampleEpoch(2), trainLoss: 7 });
    expect(run.record().status).toBe('running');
    run.close();
    const again = await openRun(dir);
    again.log({ event: 'end', status: 'diverged', error: 'NaN' });
    again.log({ event: 'summary', rows: [{ network: 'teacher', accuracy: 0.9 }] });
    const record = readRun(dir);
    expect(record).toMatchObject({ ...config, format: 2, status: 'diverged', error: 'NaN' });
    expect(record.epochs.map((r) => r.trainLoss)).toEqual([1, 7]);
    expect(record.seconds).toBe(4);
    expect(record.summary).toEqual([{ network: 'teacher', accuracy: 0.9 }]);
    again.writeMetrics([exampleEpoch(1), { ...exampleEpoch(2), terms: { kd: 0.5 } }]);
    expect(readFileSync(join(dir, 'metrics.csv'), 'utf8').split('\n').slice(0, 3)).toEqual([
      'epoch,step,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds,validation_seconds,images_per_second,term_kd',
      '1,3,0.1,1,0.5,,,2,,100,',
      '2,6,0.1,1,0.5,,,2,,100,0.5',
    ]);
  });

  it('is read although its last line was cut off, and goes on after it', async () => {
    const dir = folder();
    const run = await createRun(dir, exampleConfig());
    run.log({ event: 'epoch', ...exampleEpoch(1) });
    run.close();
    const { log: file } = run.paths;
    const log = readFileSync(file, 'utf8');
    writeFileSync(file, `${log}{"event":"epo`);
    expect(readRun(dir).epochs).toHaveLength(1);
    const again = await openRun(dir);
    again.log({ event: 'epoch', ...exampleEpoch(2) });
    expect(readRun(dir).epochs).toHaveLength(2);
    const bad = (text: string, message: string): void => {
      writeFileSync(file, text);
      expect(() => readRun(dir)).toThrow(message);
    };
    bad(`${log}{"event":"epo\n${log}`, `${file}:3: not a line of this run's log`);
    bad(`${log}{"event":"party"}\n`, "event: got 'party', takes one of 'start', 'resume'");
    bad(
      `${log}{"event":"epoch"}\n`,
      `${file}:3: not a line of this run's log: epoch: got undefined`,
    );
    bad(`${log}{"event":"epoch","epoch":2,"step":"6"}\n`, "step: got '6', takes a number");
    bad(`${log}{"event":"end","status":"won"}\n`, "status: got 'won'");
    bad(`${log}null\n`, `${file}:3: not a line of this run's log`);
    bad(
      log.slice(log.indexOf('\n') + 1),
      `${file}:1: not a line of this run's log: event: got 'epoch'`,
    );
    bad(
      log.replace(run.config.id, 'x'),
      `run: got 'x', takes '${run.config.id}' as in config.json`,
    );
  });

  it('is named where it holds no run or a damaged one', async () => {
    expect(() => readRun(join(root, 'nowhere'))).toThrow("nowhere' holds no run");
    expect(() => runPaths('')).toThrow("run: got '', takes the path of a folder");
    const dir = folder();
    const run = await createRun(dir, exampleConfig());
    run.close();
    const { paths } = run;
    const config = readFileSync(paths.config, 'utf8');
    writeFileSync(paths.config, '{"format": 1}');
    expect(() => readRun(dir)).toThrow('format is 1, this version reads 2; write overwrite: true');
    for (const key of ['id', 'name', 'model', 'dataset', 'options', 'objective', 'environment']) {
      writeFileSync(paths.config, JSON.stringify({ ...JSON.parse(config), [key]: null }));
      expect(() => readRun(dir)).toThrow(`${paths.config}: ${key} is null, takes a`);
      await expect(openRun(dir)).rejects.toThrow(`${key} is null`);
    }
    writeFileSync(paths.config, '{');
    expect(() => readRun(dir)).toThrow(`${paths.config}: not JSON`);
    await expect(createRun(dir, exampleConfig())).rejects.toThrow(
      'holds a run already (incomplete)',
    );
    await expect(createRun(dir, exampleConfig(), { replace: true } as never)).rejects.toThrow(
      "createRun options: unknown option 'replace', takes overwrite",
    );
    rmSync(paths.config);
    await expect(createRun(dir, exampleConfig())).rejects.toThrow(
      `run: '${dir}' holds log.jsonl without a config.json; write overwrite: true`,
    );
  });

  it('names the file that cannot be written, and leaves no part of it', async () => {
    const dir = folder();
    const run = await createRun(dir, exampleConfig());
    vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw new Error('ENOSPC: no space left on device, write');
    });
    expect(() => run.writeMetrics([exampleEpoch(1)])).toThrow(
      `${run.paths.metrics}: could not be written: ENOSPC`,
    );
    vi.restoreAllMocks();
    run.close();
    expect(readdirSync(dir).toSorted()).toEqual(['config.json', 'log.jsonl']);
  });
});

describe('resume', () => {
  const options: TrainOptions[] = [
    { ...quick, optimizer: sgd({ momentum: 0.9 }), schedule: cosine({ peak: 0.05 }) },
    { ...quick, ema: { decay: 0.9 }, bestWeights: true, augment: { crop: { padding: 1 } } },
    { ...quick, bestWeights: 'validationLoss' },
  ];

  it.each(options)('goes on from the step of an abort to the same bits (%#)', async (each) => {
    const straight = tinyModel({ dropout: 0.2 });
    const whole = await train(straight, data, { ...each, seed: 3 });

    const run = folder();
    const before = memory().numTensors;
    const aborted = tinyModel({ dropout: 0.2 });
    const initial = memory().numTensors;
    await expect(train(aborted, data, { ...each, seed: 3, run, ...abortAfter(5) })).rejects.toThrow(
      /stopped in epoch 2 after step [23] of 3; resume: true goes on from its last checkpoint/,
    );
    expect(memory().numTensors).toBe(initial);
    aborted.dispose();
    expect(memory().numTensors).toBe(before);
    expect(readRun(run)).toMatchObject({ status: 'stopped', epochs: [{ epoch: 1 }] });

    // The weights of the new model do not matter: those of the checkpoint do.
    const resumed = tinyModel({ dropout: 0.2 });
    resumed.setWeights(resumed.getWeights().map((w) => mul(w, 0)));
    const rest = await train(resumed, data, { ...each, seed: 3, run, resume: true });
    expect(weightsOf(resumed)).toEqual(weightsOf(straight));
    expect(figures(rest)).toEqual(figures(whole));
    expect(rest.test).toEqual(whole.test);
    expect(readRun(run)).toMatchObject({
      status: 'finished',
      epochs: rest.history,
      best: rest.best,
    });
  });

  it('keeps the whole epoch where the evaluation was aborted', async () => {
    const each = { ...quick, ema: { decay: 0.8 }, evaluationBatchSize: 10 };
    const straight = tinyModel();
    await train(straight, data, each);
    const run = folder();
    const controller = new AbortController();
    let evaluations = 0;
    await expect(
      train(tinyModel(), data, {
        ...each,
        run,
        signal: controller.signal,
        callbacks: [
          {
            onProgress: ({ task, done }) => {
              if (task === 'validation' && done === 10 && ++evaluations === 2) controller.abort();
            },
          },
        ],
      }),
    ).rejects.toMatchObject({ name: 'AbortError', epoch: 2, step: 3 });
    const resumed = tinyModel();
    const steps: number[] = [];
    await train(resumed, data, {
      ...each,
      run,
      resume: true,
      callbacks: [{ onStepEnd: ({ epoch }) => void steps.push(epoch) }],
    });
    expect(steps).toEqual([3, 3, 3]);
    expect(weightsOf(resumed)).toEqual(weightsOf(straight));
  });

  it('gives a complete run back without training', async () => {
    const run = folder();
    const model = tinyModel();
    const first = await train(model, data, { ...quick, run });
    const log = readFileSync(join(run, 'log.jsonl'), 'utf8');
    const again = tinyModel();
    expect(await train(again, data, { ...quick, run, resume: true })).toEqual({
      ...first,
      capture: { steps: 0, replayed: 0 },
    });
    expect(weightsOf(again)).toEqual(weightsOf(model));
    expect(readFileSync(join(run, 'log.jsonl'), 'utf8')).toBe(log);
  });

  it('starts where there is nothing to go on with', async () => {
    const run = folder();
    await train(tinyModel(), data, { ...quick, run, resume: true });
    expect(readRun(run).status).toBe('finished');
  });

  it('keeps the last checkpoint where the training diverges', async () => {
    const run = folder();
    const ruin = { ...quick, optimizer: sgd(), schedule: explode, run };
    await expect(train(tinyModel(), data, ruin)).rejects.toThrow('training diverged');
    expect(readRun(run)).toMatchObject({ status: 'diverged', epochs: [{ epoch: 1 }] });
    const model = tinyModel();
    await expect(train(model, data, { ...ruin, resume: true })).rejects.toThrow(
      'of epoch 2, at a learning rate of 1e+38. The model has the weights of the end of epoch 1',
    );
    expect(weightsOf(model).every(Number.isFinite)).toBe(true);
  });

  it("goes on with tfjs's own Adam to the same bits", async () => {
    const straight = tinyModel();
    await train(straight, data, { ...quick, optimizer: stock.adam(0.01) });
    const run = folder();
    const each = { ...quick, run };
    await expect(
      train(tinyModel(), data, { ...each, optimizer: stock.adam(0.01), ...abortAfter(4) }),
    ).rejects.toThrow(TrainingAbortedError);
    const resumed = tinyModel();
    await train(resumed, data, { ...each, optimizer: stock.adam(0.01), resume: true });
    expect(weightsOf(resumed)).toEqual(weightsOf(straight));
  });

  it('is refused to an optimizer whose state cannot be stored, before the first step', async () => {
    const optimizer = stock.adamax(0.01);
    await train(tinyModel(), data, { ...quick, optimizer });
    let steps = 0;
    const callbacks = [{ onStepEnd: () => void (steps += 1) }];
    const work = train(tinyModel(), data, { ...quick, optimizer, callbacks, run: folder() });
    await expect(work).rejects.toThrow("TensorFlow.js's Adamax cannot be stored in a checkpoint");
    expect(steps).toBe(0);
  });

  it('refuses other settings, another model and a damaged checkpoint', async () => {
    const run = folder();
    await expect(train(tinyModel(), data, { ...quick, run, ...abortAfter(4) })).rejects.toThrow(
      'was stopped',
    );
    const resume = (model: LayersModel, changes: object) =>
      train(model, data, { ...quick, run, resume: true, ...changes });
    await expect(resume(tinyModel(), { batchSize: 8, seed: 1 })).rejects.toThrow(
      /was made with other settings \(options.batchSize: it has 16, got 8; options.seed: it has 0, got 1\)/,
    );
    await expect(resume(tinyModel(), { optimizer: sgd() })).rejects.toThrow(
      'options.optimizer.name: it has "adam", got "sgd"',
    );
    await expect(resume(tinyModel(), { labelSmoothing: 0.1 })).rejects.toThrow(
      'objective.labelSmoothing: it has 0, got 0.1',
    );
    // As many parameters, in other places.
    const other = sequential({ layers: [layers.flatten({ inputShape: [6, 6, 3] })] });
    other.add(layers.dense({ units: 2, useBias: false }));
    other.add(layers.dense({ units: 3, useBias: true }));
    await expect(resume(other, {})).rejects.toThrow('model.trainableParameters: it has 227');

    const checkpoint = lastCheckpoint(run);
    const bytes = readFileSync(checkpoint);
    const damage = async (content: Uint8Array, message: string): Promise<void> => {
      writeFileSync(checkpoint, content);
      await expect(resume(tinyModel(), {})).rejects.toThrow(message);
    };
    await damage(bytes.subarray(0, bytes.length - 1), 'the file is truncated or altered');
    await damage(bytes.subarray(0, 200), 'left in the file; it may be truncated');
    await damage(bytes.subarray(0, 3), '3 bytes');
    await damage(Buffer.concat([bytes, Buffer.alloc(4)]), 'the tensors take');
    const text = bytes.toString('latin1');
    await damage(Buffer.from(text.replace('"F32"', '"F16"'), 'latin1'), 'data_offsets');
    await damage(
      Buffer.from(text.replace('mnet-checkpoint-2', 'mnet-checkpoint-9'), 'latin1'),
      "its format is 'mnet-checkpoint-9', this version reads 'mnet-checkpoint-2'",
    );
    await damage(Buffer.from(text.replace('[3,3,3,4]', '[3,3,4,3]'), 'latin1'), 'damaged');
    writeFileSync(checkpoint, bytes);
    expect((await resume(tinyModel(), {})).status).toBe('finished');
  });
});

describe('a process that dies', () => {
  const small = (): LayersModel =>
    sequential({
      layers: [
        layers.flatten({ inputShape: [6, 6, 3] }),
        layers.dense({ units: 3, kernelInitializer: 'zeros' }),
      ],
    });
  const each = { epochs: 2, batchSize: 12, optimizer: sgd({ momentum: 0.9 }) };
  const splits = {
    train: tinyDataset(24, 1),
    validation: tinyDataset(12, 2),
    test: tinyDataset(6, 3),
  };

  // Three steps an epoch, of which two are made.
  const stops = {
    batchSize: 8,
    ema: { decay: 0.8 },
    callbacks: [
      { onStepEnd: ({ step }: StepInfo) => (step === 1 ? ('stop' as const) : undefined) },
    ],
  };

  it.each<[string, Partial<TrainOptions>, number]>([
    ['to the end', {}, 40],
    ['until a callback stops it', stops, 30],
  ])(
    'between any two writes, or in the middle of one, loses nothing: %s',
    async (_, more, least) => {
      const options = { ...each, ...more };
      const straight = small();
      const whole = await train(straight, splits, options);
      const expected = weightsOf(straight);

      let died = true;
      let deaths = 0;
      for (let at = 1; died; at++) {
        const run = folder();
        died = false;
        let operations = 0;
        const dieAt = (): void => {
          operations += 1;
          if (operations >= at) {
            died = true;
            throw new Error('dead');
          }
        };
        // From its death on a process writes nothing, nor does it tidy up.
        const { openSync, renameSync, appendFileSync, mkdirSync, rmSync: remove, writeSync } = fs;
        vi.spyOn(fs, 'openSync').mockImplementation((...args) => (dieAt(), openSync(...args)));
        vi.spyOn(fs, 'renameSync').mockImplementation((...args) => (dieAt(), renameSync(...args)));
        vi.spyOn(fs, 'mkdirSync').mockImplementation(
          ((...args: [string]) => (dieAt(), mkdirSync(...args))) as never,
        );
        vi.spyOn(fs, 'rmSync').mockImplementation((...args) => (dieAt(), remove(...args)));
        vi.spyOn(fs, 'writeSync').mockImplementation(((
          ...args: [number, Uint8Array, number, number]
        ) => {
          try {
            dieAt();
          } catch (error) {
            if (operations === at) writeSync(args[0], args[1], args[2], args[3] >> 1);
            throw error;
          }
          return writeSync(...args);
        }) as never);
        vi.spyOn(fs, 'appendFileSync').mockImplementation((file, text) => {
          try {
            dieAt();
          } catch (error) {
            const half = String(text).slice(0, String(text).length >> 1);
            if (operations === at) appendFileSync(file, half);
            throw error;
          }
          appendFileSync(file, text);
        });
        await train(small(), splits, { ...options, run }).catch(() => undefined);
        vi.restoreAllMocks();
        if (died) deaths += 1;

        const resumed = small();
        const rest = await train(resumed, splits, { ...options, run, resume: true });
        expect(weightsOf(resumed)).toEqual(expected);
        expect(figures(rest)).toEqual(figures(whole));
        expect(figures({ history: readRun(run).epochs })).toEqual(figures(whole));
        expect(rest.test).toEqual(whole.test);
        expect(readRun(run).status).toBe(whole.status);
        const left = readdirSync(run, { recursive: true, encoding: 'utf8' });
        expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
        rmSync(run, { recursive: true });
      }
      expect(deaths).toBeGreaterThan(least);
    },
  );
});

/** The rate rises beyond all bounds in the second epoch. */
function explode({ stepsPerEpoch }: { stepsPerEpoch: number }): (step: number) => number {
  return (step) => (step < stepsPerEpoch ? 0.01 : 1e38);
}

function exampleEpoch(epoch: number) {
  return {
    epoch,
    step: 3 * epoch,
    learningRate: 0.1,
    trainLoss: 1,
    trainAccuracy: 0.5,
    seconds: 2,
    imagesPerSecond: 100,
  };
}
