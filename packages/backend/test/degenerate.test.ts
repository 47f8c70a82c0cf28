import { mnet, setThreads } from '@mnet/backend';
import {
  argMax,
  avgPool,
  batchNorm,
  cast,
  concat,
  conv2d,
  depthwiseConv2d,
  fused,
  grads,
  greater,
  logSoftmax,
  matMul,
  max,
  maxPool,
  mean,
  memory,
  neg,
  ones,
  type Rank,
  reshape,
  setBackend,
  softmax,
  sum,
  type Tensor,
  tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
  transpose,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { runningBackend } from '../src/register-backend.ts';
import { expectClose, numbers, runOn } from './compare.ts';
import { guardHeap } from './guarded-heap.ts';

beforeAll(async () => {
  await setBackend('mnet');
});

/** Shapes of a picture and a window: too large along one axis, or along both. */
const windows = [
  [
    [1, 2, 9, 3],
    [5, 5],
  ],
  [
    [1, 2, 2, 3],
    [5, 4],
  ],
  [
    [0, 2, 2, 3],
    [4, 4],
  ],
] as const;

const calls: Record<string, (x: Tensor4D, window: readonly [number, number]) => Tensor> = {
  conv2d: (x, [h, w]) => conv2d(x, ones([h, w, 3, 4]), 1, 'valid'),
  depthwiseConv2d: (x, [h, w]) => depthwiseConv2d(x, ones([h, w, 3, 1]), 1, 'valid'),
  'fused.conv2d': (x, [h, w]) =>
    fused.conv2d({
      x,
      filter: ones([h, w, 3, 4]),
      strides: 1,
      pad: 'valid',
      bias: ones([4]),
      activation: 'relu',
    }),
  'fused.depthwiseConv2d': (x, [h, w]) =>
    fused.depthwiseConv2d({
      x,
      filter: ones([h, w, 3, 1]),
      strides: 1,
      pad: 'valid',
      bias: ones([3]),
    }),
  maxPool: (x, window) => maxPool(x, [...window], 1, 'valid'),
  avgPool: (x, window) => avgPool(x, [...window], 1, 'valid'),
};

describe('a window larger than its picture', () => {
  for (const [name, call] of Object.entries(calls)) {
    test(`${name}: tfjs's error, forward and in the gradient, and nothing taken`, () => {
      const before = { ...mnet().memory(), tensors: memory().numTensors };
      for (const [shape, window] of windows) {
        const message = /Tensor must have a shape comprised of positive integers but got shape \[/;
        for (let i = 0; i < 3; i++) {
          expect(() => tidy(() => call(ones([...shape]), window))).toThrow(message);
          const slope = grads((x: Tensor) => sum(call(x as Tensor4D, window)));
          expect(() => tidy(() => slope([ones([...shape])]))).toThrow(message);
        }
      }
      const after = { ...mnet().memory(), tensors: memory().numTensors };
      expect([after.heapBytes, after.usedBytes]).toEqual([before.heapBytes, before.usedBytes]);
      expect(after.tensors).toBe(before.tensors);
    });
  }

  test('by one pixel gives nothing, and zeros in the gradient', () => {
    const [y, dx] = tidy(() => {
      const f = (x: Tensor): Tensor => conv2d(x as Tensor4D, ones([5, 5, 3, 4]), 1, 'valid');
      const x = ones([1, 4, 4, 3]);
      return [f(x), grads((t: Tensor) => sum(f(t)))([x])[0] as Tensor];
    }) as [Tensor, Tensor];
    expect(y.shape).toEqual([1, 0, 0, 4]);
    expect([...dx.dataSync()]).toEqual(Array(48).fill(0));
  });
});

/** Of a tensor [0, 3], by way of our kernels or the cpu backend's. */
const ofNothing: Record<string, (x: Tensor) => Tensor> = {
  sum: (x) => sum(x),
  'sum by columns': (x) => sum(x, 0),
  'sum by rows': (x) => sum(x, 1),
  mean: (x) => mean(x),
  'mean by columns': (x) => mean(x, 0),
  'gradient of the mean': (x) => grads((t: Tensor) => mean(t, 0))([x])[0] as Tensor,
  max: (x) => max(x),
  'max by columns': (x) => max(x, 0),
  argMax: (x) => argMax(x, 1),
  softmax: (x) => softmax(x),
  logSoftmax: (x) => logSoftmax(x),
  transpose: (x) => transpose(x),
  concat: (x) => concat([x, ones([2, 3])], 0),
  'a product with it': (x) => matMul(transpose(x) as Tensor2D, x as Tensor2D),
  'a product of it': (x) => matMul(x as Tensor2D, ones([3, 2])),
  cast: (x) => cast(cast(x, 'int32'), 'float32'),
  where: (x) => where(greater(x, 0), x, neg(x)),
  'a convolution': (x) => conv2d(reshape<Rank.R4>(x, [0, 4, 4, 3]), ones([3, 3, 3, 2]), 1, 'same'),
  'batch normalization': (x) => batchNorm(reshape(x, [0, 3]), ones([3]), ones([3])),
};

describe('images of one pixel', () => {
  const cases = [1, 3, 4, 9].flatMap((channels) =>
    ([3, 5] as const).map((window) => ({ channels, window })),
  );
  test.each(cases)(
    'of $channels channels by windows of $window: gradients as on cpu',
    async ({ channels, window }) => {
      const outcome = async (backend: string): Promise<number[][]> => {
        await setBackend(backend);
        return tidy(() => {
          const x = tensor(numbers(4 * channels, 1), [4, 1, 1, channels]);
          const size = [window, window, channels, 5];
          const filter = tensor(numbers(window * window * channels * 5, 2), size);
          const dy = tensor(numbers(20, 3), [4, 1, 1, 5]);
          const y = (a: Tensor, b: Tensor) => conv2d(a as Tensor4D, b as Tensor4D, 1, 'same');
          return grads(y)([x, filter], dy).map((each) => [...each.dataSync()]);
        });
      };
      const [want, got] = [await outcome('cpu'), await outcome('mnet')];
      for (const [i, values] of want.entries()) {
        expect(got[i]).toHaveLength(values.length);
        for (const [j, value] of values.entries()) expect(got[i]?.[j]).toBeCloseTo(value, 5);
      }
    },
  );
});

test.each([1, 3, 5])(
  'a depthwise window of %i rows, far less than the padding: gradients as on cpu',
  async (height) => {
    const x = { shape: [2, 6, 32, 64], values: numbers(2 * 6 * 32 * 64, 1) };
    const rows = 6 + 2 * 9 - height + 1;
    const dy = { shape: [2, rows, 32, 64], values: numbers(2 * rows * 32 * 64, 2) };
    const pad = [
      [0, 0],
      [9, 9],
      [1, 1],
      [0, 0],
    ];
    const attrs = { strides: [1, 1], dilations: [1, 1], pad, filterShape: [height, 3, 64, 1] };
    const kernel = 'DepthwiseConv2dNativeBackpropFilter';
    const [want] = await runOn('cpu', kernel, { x, dy }, attrs);
    const [got] = await runOn('mnet', kernel, { x, dy }, attrs);
    expectClose(got as Float32Array, want as Float32Array, 2e-5);
  },
);

test.each([
  [1, -1],
  [2, -2],
])(
  'a convolution of one tap that is padded by %i and cut off by %i: forward and gradients as on cpu',
  async (before, after) => {
    const pad = [
      [0, 0],
      [before, after],
      [before, after],
      [0, 0],
    ];
    const x = { shape: [2, 4, 5, 3], values: numbers(2 * 4 * 5 * 3, 1) };
    const dy = { shape: [2, 4, 5, 6], values: numbers(2 * 4 * 5 * 6, 2) };
    const filter = { shape: [1, 1, 3, 6], values: numbers(3 * 6, 3) };
    const attrs = { strides: 1, pad, dataFormat: 'NHWC', dilations: 1 };
    for (const [kernel, inputs, more] of [
      ['Conv2D', { x, filter }, {}],
      ['Conv2DBackpropInput', { dy, filter }, { inputShape: x.shape }],
      ['Conv2DBackpropFilter', { x, dy }, { filterShape: filter.shape }],
    ] as const) {
      const [want] = await runOn('cpu', kernel, inputs, { ...attrs, ...more });
      const [got] = await runOn('mnet', kernel, inputs, { ...attrs, ...more });
      expectClose(got as Float32Array, want as Float32Array, 1e-6);
    }
  },
);

describe('what has no elements', () => {
  test('a product of [1, m, k] by [0, k, n] writes nowhere', async () => {
    await setThreads(1);
    const guard = guardHeap(runningBackend().device.heap);
    try {
      tidy(() => {
        const product = matMul(ones([1, 6, 40]), zeros([0, 40, 50]));
        expect(product.shape).toEqual([0, 6, 50]);
        expect(product.dataSync()).toHaveLength(0);
        guard.check();
      });
    } finally {
      guard.remove();
    }
  });

  test.each(Object.entries(ofNothing))('%s gives what the cpu backend gives', async (_, f) => {
    const outcome = async (backend: string): Promise<unknown> => {
      await setBackend(backend);
      const { numTensors } = memory();
      const out = tidy(() => {
        const y = f(ones([0, 3]));
        return { shape: y.shape, values: Array.from(y.dataSync(), String) };
      });
      expect(memory().numTensors).toBe(numTensors);
      return out;
    };
    expect(await outcome('mnet')).toEqual(await outcome('cpu'));
    await setBackend('mnet');
  });

  test('has a block of its own each', () => {
    const used = mnet().memory().usedBytes;
    const list = Array.from({ length: 5 }, () => zeros([0, 3]));
    expect(new Set(list.map((t) => runningBackend().address(t))).size).toBe(5);
    for (const t of list) t.dispose();
    expect(mnet().memory().usedBytes).toBe(used);
  });

  test('a command of more elements than 32 bits hold, which would compute none, is refused', () => {
    const { device } = runningBackend();
    for (const count of [2 ** 31, -(2 ** 31) - 1, NaN])
      expect(() => device.launch('fill', 1, { out: 0, count, word: 0 })).toThrow(
        `launch of 'fill': got ${count}, takes numbers from −2^31 to 2^31 − 1`,
      );
    const block = device.heap.allocate(4);
    device.launch('fill', 1, { out: block, count: 1, word: -(2 ** 31) });
    expect(new Int32Array(device.bytes, block, 1)[0]).toBe(-(2 ** 31));
    device.heap.deallocate(block);
  });

  test('a command of no chunks, which nobody would end, is refused', () => {
    for (const chunks of [0, -1, 0.5, NaN]) {
      expect(() =>
        runningBackend().device.launch('fill', chunks, { out: 0, count: 0, word: 0 }),
      ).toThrow(/launch of 'fill': got .* chunks, takes a whole number from 1/);
    }
  });
});

describe('a bias that is no row of the output', () => {
  const values = [1, 2, 3];

  test('of a product is added along its own axis', () => {
    const square = ones([3, 3]);
    const add = (shape: number[]): number[] => [
      ...fused.matMul({ a: square, b: square, bias: tensor(values, shape) }).dataSync(),
    ];
    expect(add([3])).toEqual([4, 5, 6, 4, 5, 6, 4, 5, 6]);
    expect(add([1, 3])).toEqual([4, 5, 6, 4, 5, 6, 4, 5, 6]);
    expect(add([3, 1])).toEqual([4, 4, 4, 5, 5, 5, 6, 6, 6]);
  });

  test.each(['conv2d', 'depthwiseConv2d'] as const)('of %s too', (name) => {
    const depthwise = name === 'depthwiseConv2d';
    const filter: Tensor4D = depthwise ? ones([1, 1, 3, 1]) : ones([1, 1, 3, 3]);
    const add = (shape: number[]): number[] => {
      const bias = tensor(values, shape);
      const x = ones([1, 1, 3, 3]) as Tensor4D;
      const y = fused[name]({ x, filter, strides: 1, pad: 'valid', bias, activation: 'relu' });
      return [...y.dataSync()].map((v) => v - (depthwise ? 1 : 3));
    };
    expect(add([3])).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(add([1, 1, 1, 3])).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(add([3, 1])).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
    // Along a height that the output does not have.
    const bias = tensor(values, [3, 1, 1]);
    const x = ones([1, 2, 3, 3]) as Tensor4D;
    expect(() => fused[name]({ x, filter, strides: 1, pad: 'valid', bias })).toThrow(
      /could not be broadcast together/,
    );
  });

  test('our product runs before a bias and an activation of their own', () => {
    const ran: string[] = [];
    const { device } = runningBackend();
    const launch = device.launch.bind(device);
    device.launch = (op, ...rest) => {
      ran.push(op);
      launch(op, ...rest);
    };
    try {
      const alpha = tensor([0.5, 1, 2], [3, 1]);
      const a = tensor([-1, -1, -1, -1, -1, -1, 1, 1, 1], [3, 3]);
      const y = fused.matMul({
        a,
        b: ones([3, 3]),
        bias: tensor(values, [3, 1]),
        activation: 'prelu',
        preluActivationWeights: alpha,
      });
      expect([...y.dataSync()]).toEqual([-1, -1, -1, -1, -1, -1, 6, 6, 6]);
    } finally {
      device.launch = launch;
    }
    expect(ran).toContain('matmul');
  });
});
