import { capture, mnet } from '@mnet/backend';
import {
  add,
  conv2d,
  depthwiseConv2d,
  fused,
  matMul,
  memory,
  mul,
  relu6,
  setBackend,
  slice,
  type Tensor,
  tensor,
  tensor1d,
  type Tensor4D,
  tensor4d,
  tidy,
  topk,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectClose, numbers } from './compare.ts';

beforeAll(async () => {
  await setBackend('mnet');
});

const shape = [2, 7, 7, 3];
const [filter, depth, bias] = [numbers(3 * 3 * 3 * 11, 1), numbers(3 * 3 * 11, 2), numbers(11, 3)];

/** A small network with a residual and constants made on the way. */
function network(): (x: Tensor) => Tensor {
  const [w, d, b] = [tensor(filter, [3, 3, 3, 11]), tensor(depth, [3, 3, 11, 1]), tensor1d(bias)];
  return (x) => {
    const y = fused.conv2d({
      x: x as Tensor4D,
      filter: w as Tensor4D,
      strides: 2,
      pad: 'same',
      bias: b,
      activation: 'relu',
    });
    return relu6(add(depthwiseConv2d(y, d as Tensor4D, 1, 'same'), add(y, 0.25)));
  };
}

describe('a recorded computation', () => {
  test('gives what the function gives, again and again, for other values', () => {
    const f = network();
    const recorded = capture(f, shape);
    expect(recorded.launches).toBeGreaterThan(2);
    expect(recorded.outputShape).toEqual([2, 4, 4, 11]);
    for (const seed of [10, 11, 12]) {
      const values = numbers(2 * 7 * 7 * 3, seed);
      const want = tidy(() => f(tensor(values, shape)).dataSync());
      expectClose(recorded.run(values), want, 1e-6);
      const x = tensor(values, shape);
      expectClose(recorded.predict(x).dataSync(), want, 1e-6);
    }
  });

  test('packs again what it computes itself, each matrix of a batch and the one tap of a pixel', () => {
    const left = tensor(numbers(2 * 3 * 4, 4), [2, 3, 4]);
    const products = (x: Tensor): Tensor => matMul(left, mul(x, 2));
    const pixel = tensor4d(numbers(5, 6), [1, 1, 1, 5]);
    const convolved = (x: Tensor): Tensor => conv2d(pixel, mul(x, 2) as Tensor4D, 1, 'same');
    const cases = [
      [products, [2, 4, 5]],
      [convolved, [3, 3, 5, 7]],
    ] as const;
    for (const [f, from] of cases) {
      const recorded = capture(f, from);
      for (const seed of [10, 11]) {
        const values = numbers(
          from.reduce((a, b) => a * b, 1),
          seed,
        );
        const want = tidy(() => f(tensor(values, [...from])).dataSync());
        expectClose(recorded.run(values), want, 1e-6);
      }
      recorded.dispose();
    }
  });

  test('holds its memory while other work goes on, and gives all of it back', () => {
    const f = network();
    const before = { used: mnet().memory().usedBytes, tensors: memory().numTensors };
    const recorded = capture(f, shape);
    expect(memory().numTensors).toBe(before.tensors);
    const values = numbers(2 * 7 * 7 * 3, 4);
    const first = recorded.run(values);
    const other = tensor(numbers(4 * 8 * 8 * 3, 1), [4, 8, 8, 3]) as Tensor4D;
    for (let i = 0; i < 20; i++) relu6(other).dispose();
    other.dispose();
    expect(recorded.run(values)).toEqual(first);
    recorded.dispose();
    recorded.dispose();
    expect(mnet().memory().usedBytes).toBe(before.used);
    expect(() => recorded.run(values)).toThrow(/has been disposed of/);
  });

  test('what cannot be recorded is named, and nothing stays behind', () => {
    const before = mnet().memory().usedBytes;
    expect(() => capture((x) => topk(x).values, [4, 4])).toThrow(/'TopK' runs in JavaScript/);
    expect(() => capture((x) => slice(x, [0], [1]), [4])).toThrow(/'Slice' runs in JavaScript/);
    expect(() => capture((x) => add(x, x.dataSync()[0] as number), [4])).toThrow(
      /values cannot be read/,
    );
    expect(() => capture((x) => x, [0])).toThrow(/inputShape: got \[0\]/);
    expect(mnet().memory().usedBytes).toBe(before);
    const recorded = capture((x) => add(x, 1), [3]);
    expect([...recorded.run([1, 2, 3])]).toEqual([2, 3, 4]);
    expect(() => recorded.run([1])).toThrow(/values: got 1, takes 3/);
    expect(() => recorded.predict(tensor1d([1]))).toThrow(
      /x: got float32 \[1\], takes float32 \[3\]/,
    );
    recorded.dispose();
  });

  test('a result that is the input itself is a copy', () => {
    const recorded = capture((x) => x, [2]);
    expect([...recorded.run([7, 8])]).toEqual([7, 8]);
    recorded.dispose();
  });
});
