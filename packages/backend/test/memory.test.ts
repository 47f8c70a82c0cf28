import { mnet, setThreads } from '@mnet/backend';
import { batchNormTrain, sgdStep } from '@mnet/ops';
import {
  add,
  conv2d,
  depthwiseConv2d,
  matMul,
  mean,
  memory,
  ones,
  prelu,
  reshape,
  setBackend,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor4D,
  tidy,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { runningBackend } from '../src/register-backend.ts';
import './compare.ts';
import { tinyNetwork } from './network.ts';

beforeAll(async () => {
  await setBackend('mnet');
  await setThreads(1);
});

describe('memory', () => {
  test('does not grow over 1,000 training steps', () => {
    const network = tinyNetwork();
    for (let i = 0; i < 5; i++) network.step();
    const before = { ...mnet().memory(), ...memory() };
    for (let i = 0; i < 1000; i++) network.step();
    const after = { ...mnet().memory(), ...memory() };
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numBytes).toBe(before.numBytes);
    expect(after.usedBytes).toBe(before.usedBytes);
    expect(after.heapBytes).toBe(before.heapBytes);
    network.dispose();
  });

  test('tensors that nobody disposed of come back when they are collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = (): number => mnet().memory().usedBytes;
    const before = used();
    (() => {
      for (let i = 0; i < 50; i++) zeros([1000, 100]);
    })();
    expect(used()).toBeGreaterThan(before + 50 * 4e5 - 1);
    // What is called back for a collected object waits for the event loop; the test's timeout is the bound.
    while (used() > before) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(used()).toBeLessThanOrEqual(before);
  });

  test('what a user has read does not change when the memory is used again', async () => {
    const x = tensor1d([1, 2, 3]);
    const now = x.dataSync();
    const later = await x.data();
    x.dispose();
    tidy(() => add(zeros([3]), 9));
    expect([...now]).toEqual([1, 2, 3]);
    expect([...later]).toEqual([1, 2, 3]);
    expect(now.buffer).toBeInstanceOf(ArrayBuffer);
  });

  test('a clone keeps its values when its variable is updated in place', () => {
    const v = variable(ones([4]));
    const clone = v.clone();
    const view = reshape(v, [2, 2]);
    v.assign(tensor1d([5, 5, 5, 5]));
    expect([...clone.dataSync()]).toEqual([1, 1, 1, 1]);
    expect([...view.dataSync()]).toEqual([1, 1, 1, 1]);
  });

  test('a clone that was made on another backend keeps its values, too', async () => {
    await setBackend('cpu');
    const [v, moving] = [variable(ones([2])), variable(ones([2]))];
    const clones = [v.clone(), moving.clone()];
    await setBackend('mnet');
    sgdStep([v], [ones([2])], [], { learningRate: 1 });
    const row = ones([2]) as Tensor1D;
    const statistics = { movingMean: moving, movingVariance: variable(row) };
    batchNormTrain(zeros([1, 2, 2, 2]), { gamma: row, beta: row }, { moving: statistics });
    expect([...v.dataSync()]).toEqual([0, 0]);
    expect(moving.dataSync()[0]).toBeCloseTo(0.9, 6);
    for (const clone of clones) expect([...clone.dataSync()]).toEqual([1, 1]);
  });

  test('too large a tensor is an error that says what is in use and what to do', () => {
    expect(() => matMul(ones([2 ** 16, 1]), ones([1, 2 ** 16]))).toThrow(
      /no memory for a float32 tensor of shape \[65536, 65536\] \(16384\.0 MB\) in 'BatchMatMul': of the heap's .* smaller batch/s,
    );
    expect([...add(tensor1d([1]), 1).dataSync()]).toEqual([2]);
  });

  test('a kernel that finds no memory midway gives back what it has taken', () => {
    const { heap } = runningBackend().device;
    const allocate = heap.allocate.bind(heap);
    const x = ones([4, 6, 6, 8]) as Tensor4D;
    const row = ones([8]) as Tensor1D;
    const moving = { movingMean: variable(row), movingVariance: variable(row) };
    const shared = moving.movingMean.clone();
    const steps: (() => Tensor)[] = [
      () => batchNormTrain(x, { gamma: row, beta: row }, { activation: 'relu', moving }),
      () => conv2d(x, ones([3, 3, 8, 4]), 1, 'same'),
      () => mean(x),
      () => depthwiseConv2d(x, ones([3, 3, 8, 1]), 2, 'same'),
      () => prelu(x as Tensor, row),
    ];
    for (const step of steps) {
      tidy(() => void step());
      const { usedBytes } = mnet().memory();
      let failed = 0;
      for (let fail = 1; failed < fail; fail++) {
        let calls = 0;
        heap.allocate = (bytes) => (++calls === fail ? -1 : allocate(bytes));
        try {
          tidy(() => void step());
          break;
        } catch (error) {
          expect((error as Error).message).toMatch(/no memory for/);
          failed = fail;
        } finally {
          heap.allocate = allocate;
        }
        expect(mnet().memory().usedBytes).toBe(usedBytes);
      }
      expect(failed).toBeGreaterThan(0);
    }
    expect([...shared.dataSync()]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });
});
