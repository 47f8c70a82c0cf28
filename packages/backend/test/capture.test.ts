import { capture, mnet } from '@mnet/backend';
import { sgdStep } from '@mnet/ops';
import {
  add,
  conv2d,
  cumsum,
  depthwiseConv2d,
  dropout,
  fill,
  fused,
  keep,
  matMul,
  memory,
  mul,
  randomNormal,
  relu6,
  removeBackend,
  setBackend,
  slice,
  type Tensor,
  tensor,
  type Tensor1D,
  tensor1d,
  type Tensor4D,
  tensor4d,
  tidy,
  topk,
  variable,
} from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
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
    const convolved = (x: Tensor): Tensor => conv2d(pixel, mul(x, 2), 1, 'same');
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

describe("a record's memory", () => {
  /** Fills what is free now, so that a block given back too early changes. */
  const refill = (): void => {
    tidy(() => {
      for (const n of [1, 4, 16, 64, 256]) for (let i = 0; i < 20; i++) fill([n], 7e7);
    });
  };
  const used = (): number => mnet().memory().usedBytes;

  test('holds the weights, whatever becomes of the model', () => {
    const before = used();
    const model = sequential({
      layers: [
        layers.conv2d({ inputShape: [8, 8, 3], filters: 6, kernelSize: 3, activation: 'relu6' }),
        layers.depthwiseConv2d({ kernelSize: 3 }),
        layers.batchNormalization(),
        layers.flatten(),
        layers.dense({ units: 5 }),
      ],
    });
    const [first, second] = [capture(model), capture(model)];
    const values = numbers(8 * 8 * 3, 3);
    const want = first.run(values);
    tidy(() => model.setWeights(model.getWeights().map((w) => mul(w, 2))));
    expect(first.run(values)).toEqual(want);
    model.dispose();
    refill();
    expect(first.run(values)).toEqual(want);
    first.dispose();
    refill();
    expect(second.run(values)).toEqual(want);
    second.dispose();
    expect(used()).toBe(before);
  });

  test('is not what an optimizer changes in place', () => {
    const weights = tidy(() => variable(tensor1d([1, 2, 3])));
    const recorded = capture((x) => mul(x, weights), [3]);
    const gradient = tensor1d([1, 1, 1]);
    for (let step = 0; step < 2; step++) {
      sgdStep([weights], [gradient], [], { learningRate: 1 });
      expect([...recorded.run([1, 1, 1])]).toEqual([1, 2, 3]);
    }
    expect([...weights.dataSync()]).toEqual([-1, 0, 1]);
    recorded.dispose();
    weights.dispose();
    gradient.dispose();
  });

  test('is its own: a tensor kept in the function may be disposed of, and does not change', () => {
    const before = { used: used(), buffers: memory().numDataBuffers, tensors: memory().numTensors };
    const kept: Tensor[] = [];
    const recorded = capture(
      (x) => {
        const y = add(x, 1);
        kept.push(keep(y), keep(x.clone()), keep(relu6(y)));
        x.dispose();
        return mul(y, 2);
      },
      [3],
    );
    expect([...recorded.run([1, 2, 3])]).toEqual([4, 6, 8]);
    expect(kept.map((t) => [...t.dataSync()])).toEqual([
      [1, 1, 1],
      [0, 0, 0],
      [1, 1, 1],
    ]);
    for (const t of kept) t.dispose();
    refill();
    expect([...recorded.run([1, 2, 3])]).toEqual([4, 6, 8]);
    recorded.dispose();
    expect({
      used: used(),
      buffers: memory().numDataBuffers,
      tensors: memory().numTensors,
    }).toEqual(before);
  });

  test('comes back after an error, and what was kept stays', () => {
    const before = used();
    let kept: Tensor | undefined;
    const failing = (x: Tensor): Tensor => {
      kept = keep(add(x, 3));
      throw new Error('no more');
    };
    expect(() => capture(failing, [3])).toThrow('no more');
    expect([...(kept as Tensor).dataSync()]).toEqual([3, 3, 3]);
    (kept as Tensor).dispose();
    expect(() => capture((x) => capture(relu6, [3]).predict(x), [3])).toThrow(
      /another computation is being recorded/,
    );
    const gone = (x: Tensor): Tensor => {
      const y = add(x, 1);
      y.dispose();
      return y;
    };
    expect(() => capture(gone, [3])).toThrow(/the result has been disposed of/);
    expect(used()).toBe(before);
  });

  test('a constant made elsewhere and brought here while recording stays', async () => {
    await setBackend('cpu');
    const row = tensor1d([5, 6, 7]);
    await setBackend('mnet');
    const recorded = capture((x) => mul(x, row), [3]);
    row.dispose();
    refill();
    expect([...recorded.run([1, 2, 3])]).toEqual([5, 12, 21]);
    recorded.dispose();
  });
});

test('a record does not take what it could not repeat', () => {
  // Computed while recording, and never again.
  expect(() => capture((x) => cumsum(x), [3])).toThrow(
    /'Cumsum' runs in JavaScript and cannot be recorded/,
  );
  const weights = variable(tensor1d([1, 2, 3]));
  const step = (x: Tensor): Tensor => {
    sgdStep([weights], [x], [], { learningRate: 1 });
    return add(x, weights);
  };
  expect(() => capture(step, [3])).toThrow(/'SgdStep' changes a variable in place/);
  expect([...weights.dataSync()]).toEqual([1, 2, 3]);
  // One draw, or one state, would be that of all replays.
  const used = mnet().memory().usedBytes;
  const { random } = Math;
  for (const draws of [
    (x: Tensor): Tensor => add(x, randomNormal([3])),
    (x: Tensor): Tensor => dropout(x, 0.5),
    (x: Tensor): Tensor => mul(x, Math.random()),
  ])
    expect(() => capture(draws, [3])).toThrow('capture: it draws random numbers in JavaScript');
  expect(Math.random).toBe(random);
  expect(mnet().memory().usedBytes).toBe(used);
  const assigned = (x: Tensor): Tensor => {
    const sum = add(x, weights);
    weights.assign(sum as Tensor1D);
    return sum;
  };
  expect(() => capture(assigned, [3])).toThrow(
    `capture: it assigns to the variable '${weights.name}', which no replay would`,
  );
  // What is put back is as it was.
  const [other, back] = [tensor1d([4, 5, 6]), weights.clone()];
  const swapped = capture(
    (x) => {
      weights.assign(other);
      const sum = add(x, weights);
      weights.assign(back);
      return sum;
    },
    [3],
  );
  expect([...swapped.run([1, 1, 1])]).toEqual([5, 6, 7]);
  swapped.dispose();
  for (const each of [weights, other, back]) each.dispose();
});

test('a record has the weights of a model that was made on another backend', async () => {
  await setBackend('cpu');
  const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
  const x = tensor([1, 2, 3], [1, 3]);
  const want = (model.predict(x) as Tensor).dataSync();
  await setBackend('mnet');
  const recorded = capture(model);
  expectClose(recorded.run([1, 2, 3]), want, 1e-6);
  recorded.dispose();
  model.dispose();
});

test('a model whose pictures may have any size is asked for with a shape', () => {
  const conv = layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [null, null, 3] });
  const model = sequential({ layers: [conv] });
  expect(() => capture(model)).toThrow(
    "inputShape: got nothing, takes the shape of the input where the model's is [null, null, null, 3]",
  );
  const recorded = capture(model, [1, 5, 4, 3]);
  expect(recorded.outputShape).toEqual([1, 3, 2, 2]);
  recorded.dispose();
  model.dispose();
});

// The last: what follows would have no backend.
test('a record of a backend that was removed says so', () => {
  const recorded = capture(relu6, [3]);
  removeBackend('mnet');
  expect(() => recorded.run([1, 2, 3])).toThrow(/the backend of this record was removed/);
  recorded.dispose();
});
