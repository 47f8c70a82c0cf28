import '@mnet/backend';
import '@tensorflow/tfjs-backend-cpu';
import { fill, memory, ready, setBackend } from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  model as tfModel,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { createModel } from '@mnet/models';
import { TrainSteps } from '@mnet/train';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { measureLatency, measureThroughput } from '@mnet/bench';

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
      'model mode backend threads batch node imagesPerSecond medianMs p95Ms meanMs stdMs firstMs peakMemoryBytes heapBytes'.split(
        ' ',
      ),
    );
    expect(result).toMatchObject({ model: 'small', mode: 'infer', backend: 'cpu', threads: 1 });
    expect(result).toMatchObject({ batch: 1, node: process.versions.node, heapBytes: null });
    expect(result.medianMs).toBeGreaterThan(0);
    expect(result.p95Ms).toBeGreaterThanOrEqual(result.medianMs);
    expect(result.imagesPerSecond).toBeCloseTo(1000 / result.medianMs, 6);
    expect(result.peakMemoryBytes).toBeGreaterThan(2 ** 24);
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
      expect(result.backend).toBe('mnet');
      expect(result.threads).toBeGreaterThanOrEqual(1);
      expect(result.heapBytes).toBeGreaterThan(0);
      own.dispose();
    }
  });

  it('a training step is replayed unless that is refused', async () => {
    const replayed = vi.spyOn(TrainSteps.prototype, 'dispose');
    try {
      for (const capture of [undefined, true, false]) {
        await measureThroughput(createModel('mobilenet_v3_small', { width: 0.25 }), {
          mode: 'train',
          batch: 2,
          steps: 3,
          ...(capture !== undefined && { capture }),
        });
      }
      const steps = replayed.mock.contexts as TrainSteps[];
      expect(steps.map((each) => each.replayed)).toEqual([3, 3, 0]);
    } finally {
      replayed.mockRestore();
    }
  });

  it('one that ends in a softmax, which cannot be recorded, is called', async () => {
    const own = sequential({
      layers: [
        layers.flatten({ inputShape: [4, 4, 3] }),
        layers.dense({ units: 5, activation: 'softmax' }),
      ],
    });
    const { numTensors } = memory();
    expect((await measureLatency(own, { runs: 2, warmup: 1 })).medianMs).toBeGreaterThan(0);
    expect(memory().numTensors).toBe(numTensors);
    own.dispose();
  });
});
