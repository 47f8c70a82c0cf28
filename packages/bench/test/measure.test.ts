import '@mnet/backend';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { release, tmpdir, totalmem } from 'node:os';
import '@tensorflow/tfjs-backend-cpu';
import { fill, memory, ready, setBackend, version_core } from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  model as tfModel,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { createModel } from '@mnet/models';
import { shapes10 } from '@mnet/data';
import { setClassifierInfo } from '@mnet/layers';
import { evaluate, TrainSteps } from '@mnet/train';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  measureAccuracy,
  measureCost,
  measureLatency,
  measureMemory,
  measureSize,
  measureThroughput,
  parseResults,
  resultFile,
} from '@mnet/bench';
import manifest from '../package.json' with { type: 'json' };

let model: LayersModel;

beforeAll(async () => {
  await setBackend('cpu');
  await ready();
});

beforeEach(() => {
  model = sequential({
    name: 'small',
    layers: [
      layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, activation: 'relu' }),
      layers.flatten(),
      layers.dense({ units: 5 }),
    ],
  });
});

const weights = (): number[] => model.getWeights().flatMap((w) => [...w.dataSync()]);

describe('measureLatency', () => {
  it('gives every figure, changes no weight and leaves no tensor', async () => {
    const before = weights();
    const { numTensors } = memory();
    const result = await measureLatency(model, { runs: 7, warmup: 2 });
    expect(memory().numTensors).toBe(numTensors);
    expect(weights()).toEqual(before);
    expect(Object.keys(result)).toEqual(
      'kind model params macs date environment mode backend threads batch deploy heapBytes node imagesPerSecond medianMs p95Ms meanMs stdMs minMs roundsMs firstMs peakMemoryBytes'.split(
        ' ',
      ),
    );
    expect(result).toMatchObject({ model: 'small', mode: 'infer', backend: 'cpu', threads: 1 });
    expect(result).toMatchObject({ batch: 1, node: process.versions.node, heapBytes: null });
    expect(result.medianMs).toBeGreaterThan(0);
    expect(result.p95Ms).toBeGreaterThanOrEqual(result.medianMs);
    expect(result.imagesPerSecond).toBeCloseTo(1000 / result.medianMs, 6);
    expect(result.peakMemoryBytes).toBeGreaterThan(2 ** 24);
    expect(result).toMatchObject({ params: 837, macs: 4608, roundsMs: [{ length: 7 }] });
    expect(result.minMs).toBe(Math.min(...(result.roundsMs[0] ?? [])));
    expect(parseResults(JSON.stringify(resultFile([result])), 'x')).toEqual([result]);
  });

  it('says where it was taken', async () => {
    const { environment, date } = await measureLatency(model, { runs: 1, warmup: 1 });
    expect(Math.abs(Date.now() - Date.parse(date))).toBeLessThan(600_000);
    expect(environment).toMatchObject({
      node: process.version,
      backend: 'cpu',
      backendVersion: version_core,
      tfjs: version_core,
      mnet: manifest.version,
      memoryBytes: totalmem(),
      osRelease: release(),
    });
    const head = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });
    expect(environment.commit).toBe(head.status === 0 ? head.stdout.trim() : undefined);
  });
});

describe('measureMemory', () => {
  it('tells what a network takes above the floor, and disposes of it', async () => {
    const { numTensors } = memory();
    const made = (): LayersModel =>
      sequential({
        layers: [
          layers.flatten({ inputShape: [64, 64, 3] }),
          layers.dense({ units: 600, useBias: false }),
        ],
      });
    const result = await measureMemory(made, { steps: 1, name: 'wide' });
    expect(memory().numTensors).toBe(numTensors);
    expect(result).toMatchObject({ kind: 'memory', model: 'wide', mode: 'infer', batch: 1 });
    expect([result.deploy, result.capture]).toEqual([true, undefined]);
    expect(result.peakBytes - result.floorBytes).toBe(result.aboveFloorBytes);
    // Its weights alone; blocks of that size are taken from the system anew, and given back.
    expect(result.aboveFloorBytes).toBeGreaterThan(0.7 * 12_288 * 600 * 4);
    expect(parseResults(JSON.stringify(resultFile([result])), 'x')).toEqual([result]);
  });

  it('says what it takes', async () => {
    await expect(measureMemory(model as never)).rejects.toThrow(
      'make: got object, takes a function',
    );
    await expect(measureMemory(() => model, { steps: 0 })).rejects.toThrow('steps: got 0');
  });

  it('disposes also of a network that it cannot measure', async () => {
    const { numTensors } = memory();
    const pair = (): LayersModel => {
      const x = input({ shape: [4, 4, 3] });
      const both = [1, 2].map((filters) => layers.conv2d({ filters, kernelSize: 1 }).apply(x));
      return tfModel({ inputs: x, outputs: both as SymbolicTensor[] });
    };
    await expect(measureMemory(pair)).rejects.toThrow('outputs');
    expect(memory().numTensors).toBe(numTensors);
  });
});

describe('measureSize', () => {
  it('gives the bytes of what is saved, and leaves no file', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('mnet-size-'));
    const result = await measureSize(model, 'small');
    const { float32, float16, uint8 } = result.files;
    const stored = 837 * 4;
    expect(float32.bytes - stored).toBeGreaterThan(500);
    expect(float32.bytes - float16.bytes).toBeGreaterThan(stored * 0.4);
    expect(float16.bytes - uint8.bytes).toBeGreaterThan(stored * 0.15);
    for (const { bytes, gzipBytes } of [float32, float16, uint8]) {
      expect(gzipBytes).toBeLessThan(bytes);
      expect(gzipBytes).toBeGreaterThan(bytes / 10);
    }
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith('mnet-size-'));
    expect(left.filter((name) => !before.includes(name))).toEqual([]);
    expect(parseResults(JSON.stringify(resultFile([result])), 'x')).toEqual([result]);
  });
});

describe('measureAccuracy', () => {
  const { test } = shapes10({ train: 10, validation: 10, test: 40, seed: 1, size: 16 });
  const classifier = (): LayersModel =>
    sequential({
      name: 'small',
      layers: [layers.flatten({ inputShape: [16, 16, 3] }), layers.dense({ units: 10 })],
    });

  it('is that of evaluate, as a result', async () => {
    const own = classifier();
    const result = await measureAccuracy(own, test, { name: 'named' });
    const { accuracy, loss, ece, top5 } = await evaluate(own, test);
    expect(result).toMatchObject({ kind: 'accuracy', model: 'named', dataset: 'shapes10' });
    expect(result).toMatchObject({ accuracy, loss, ece, top5, count: 40, params: 7690 });
    expect(parseResults(JSON.stringify(resultFile([result])), 'x')).toEqual([result]);
    expect([result.mirror, result.shift]).toEqual([false, 0]);
    const views = { mirror: true, shift: 1 };
    expect(await measureAccuracy(own, test, views)).toMatchObject(views);
  });

  it('sees pictures as the model learned to, and refuses other classes', async () => {
    const own = classifier();
    const mean = [0.1, 0.2, 0.3];
    const std = [1, 1, 1];
    setClassifierInfo(own, { classes: [...test.classes], mean, std });
    const seen = await measureAccuracy(own, test);
    const { loss } = await evaluate(own, { ...test, mean, std });
    expect(seen.loss).toBe(loss);
    expect(seen.loss).not.toBe((await evaluate(own, test)).loss);
    setClassifierInfo(own, { classes: 'abcdefghij'.split(''), mean, std });
    await expect(measureAccuracy(own, test)).rejects.toThrow(
      'small: its classes are a, b, c, d, e, … (10); those of shapes10 are',
    );
  });
});

describe('measureCost', () => {
  it('is what modelCost counts, as a result', () => {
    const result = measureCost(model);
    expect(result).toMatchObject({ kind: 'cost', model: 'small', params: 837, macs: 4608 });
    expect(result.bytes).toBe(837 * 4);
    expect(parseResults(JSON.stringify(resultFile([result])), 'x')).toEqual([result]);
  });
});

describe('measureThroughput', () => {
  it('counts a whole batch a step', async () => {
    const result = await measureThroughput(model, { batch: 6, steps: 2, warmup: 1, name: 'named' });
    expect(result).toMatchObject({ model: 'named', mode: 'infer', batch: 6 });
    expect(result.imagesPerSecond).toBeCloseTo(6000 / result.medianMs, 6);
  });

  it('trains: every weight moves, and no tensor stays', async () => {
    const before = weights();
    const { numTensors } = memory();
    await measureThroughput(model, { mode: 'train', batch: 6, steps: 2, warmup: 1 });
    expect(memory().numTensors).toBe(numTensors);
    const moved = weights().filter((w, i) => w !== before[i]).length;
    expect(moved / before.length).toBeGreaterThan(0.9);
  });

  it('names the step at which the loss became NaN', async () => {
    model.setWeights(model.getWeights().map((w) => fill(w.shape, Number.NaN)));
    const { numTensors } = memory();
    await expect(measureThroughput(model, { mode: 'train', batch: 2 })).rejects.toThrow(
      'the loss became NaN at step 1',
    );
    expect(memory().numTensors).toBe(numTensors);
  });

  it('says what it takes', async () => {
    await expect(measureThroughput(model, { batchSize: 8 } as never)).rejects.toThrow(
      "measureThroughput options: unknown option 'batchSize', takes mode, batch",
    );
    await expect(measureThroughput(model, { batch: 0 })).rejects.toThrow(
      'batch: got 0, takes a whole number from 1',
    );
    const flat = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
    await expect(measureLatency(flat)).rejects.toThrow(
      'model: got a network with input [batch, 3], takes one with a single input',
    );
    const image = input({ shape: [4, 4, 1] });
    const heads = [2, 3].map((units) => layers.dense({ units }).apply(image) as SymbolicTensor);
    const two = tfModel({ inputs: image, outputs: heads });
    await expect(measureLatency(two)).rejects.toThrow(
      'outputs [batch, 4, 4, 2] and [batch, 4, 4, 3], takes one with a single output',
    );
    await expect(measureThroughput(two, { mode: 'train' })).rejects.toThrow(
      'takes one with logits [batch, classes] to train it',
    );
  });
});

describe('on mnet', () => {
  beforeEach(() => setBackend('mnet'));
  afterEach(() => setBackend('cpu'));

  it('a network is recorded as it is shipped, or called as it was trained', async () => {
    for (const deploy of [true, false]) {
      const own = sequential({
        layers: [
          layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3 }),
          layers.flatten(),
          layers.dense({ units: 5 }),
        ],
      });
      const { numTensors } = memory();
      const result = await measureLatency(own, { runs: 2, warmup: 1, deploy });
      expect(memory().numTensors).toBe(numTensors);
      expect(result).toMatchObject({ backend: 'mnet', deploy });
      expect(result.capture).toBeUndefined();
      expect(result.threads).toBeGreaterThanOrEqual(1);
      expect(result.heapBytes).toBeGreaterThan(0);
      own.dispose();
    }
  });

  it('a training step is replayed unless that is refused', async () => {
    const replayed = vi.spyOn(TrainSteps.prototype, 'dispose');
    try {
      for (const capture of [undefined, true, false]) {
        const result = await measureThroughput(createModel('mobilenet_v3_small', { width: 0.25 }), {
          mode: 'train',
          batch: 2,
          steps: 3,
          ...(capture !== undefined && { capture }),
        });
        expect([result.capture, result.deploy]).toEqual([capture ?? true, undefined]);
      }
      const steps = replayed.mock.contexts as TrainSteps[];
      expect(steps.map((each) => each.replayed)).toEqual([3, 3, 0]);
    } finally {
      replayed.mockRestore();
    }
  });

  it('one that ends in a selu, which cannot be recorded, is called', async () => {
    const own = sequential({
      layers: [
        layers.flatten({ inputShape: [4, 4, 3] }),
        layers.dense({ units: 5, activation: 'selu' }),
      ],
    });
    const { numTensors } = memory();
    expect((await measureLatency(own, { runs: 2, warmup: 1 })).medianMs).toBeGreaterThan(0);
    expect(memory().numTensors).toBe(numTensors);
    own.dispose();
  });
});
