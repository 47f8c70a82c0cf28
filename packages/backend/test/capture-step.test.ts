import { mnet, setThreads } from '@mnet/backend';
import {
  type CapturedStep,
  captureStep,
  type ComputedStep,
  sgdStep,
  valueAndGradients,
} from '@mnet/ops';
import {
  add,
  clone,
  conv2d,
  mean,
  mul,
  type Scalar,
  setBackend,
  square,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tensor1d,
  tidy,
  variable,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { runningBackend } from '../src/register-backend.ts';
import { numbers } from './compare.ts';
import { course, makeStep, Network, shape, state, made } from './network-step.ts';

beforeAll(async () => {
  await setBackend('mnet');
});

describe('a training step', () => {
  test('is replayed from the third on, with the same bits, and leaves nothing behind', () => {
    const seeds = [10, 11, 12, 13, 14, 15];
    const want = course(seeds, undefined);
    const before = state();
    const step = captureStep();
    expect(course(seeds, step)).toEqual(want);
    expect(step.replayed).toBe(4);
    expect(step.reason).toBeUndefined();
    step.dispose();
    step.dispose();
    expect(state()).toEqual(before);
  });

  test('has the same bits whatever the number of threads, also one that is changed in between', async () => {
    const seeds = [20, 21, 22, 23];
    const want = course(seeds, undefined);
    const threads = mnet().threads;
    for (const n of [1, 2, 4]) {
      await setThreads(n);
      const step = captureStep();
      expect(course(seeds, step)).toEqual(want);
      expect(step.replayed).toBe(2);
      step.dispose();
    }
    const network = new Network();
    const step = captureStep();
    for (const [i, seed] of seeds.entries()) {
      await setThreads(i % 2 === 0 ? 1 : 3);
      expect(makeStep(network, step, seed)).toBe(want.losses[i]);
    }
    expect(step.replayed).toBe(2);
    step.dispose();
    network.dispose();
    await setThreads(threads);
  });

  test('is replayed where a convolution sees one pixel, and begins within its filter', () => {
    class OnePixel extends Network {
      readonly middle = made([3, 3, 3, 4], 6);
      override readonly trained = [this.filter, this.gamma, this.beta, this.dense, this.middle];

      override loss(x: Tensor): Scalar {
        const pixel = mean(x, [1, 2], true) as Tensor4D;
        const y = conv2d(pixel, this.middle as unknown as Tensor4D, 1, 'same');
        return add(super.loss(x), sum(square(y)));
      }
    }
    const run = (step: CapturedStep | undefined): unknown => {
      const network = new OnePixel();
      const losses = [10, 11, 12, 13].map((seed) => makeStep(network, step, seed));
      const weights = network.values();
      network.dispose();
      return { losses, weights };
    };
    const step = captureStep();
    expect(run(step)).toEqual(run(undefined));
    expect(step.reason).toBeUndefined();
    expect(step.replayed).toBe(2);
    step.dispose();
  });

  test('of another shape is computed, and recording begins again', () => {
    const run = (step: CapturedStep | undefined): number[] => {
      const network = new Network();
      const losses = [4, 4, 4, 3, 4, 4, 4].map((batch, i) =>
        makeStep(network, step, 30 + i, { batch }),
      );
      network.dispose();
      return losses;
    };
    const step = captureStep();
    const before = state();
    expect(run(step)).toEqual(run(undefined));
    expect(step.replayed).toBe(2);
    expect(step.reason).toBeUndefined();
    step.dispose();
    expect(state()).toEqual(before);
  });

  test('sees weights that were set in between', () => {
    const run = (step: CapturedStep | undefined): number[] => {
      const network = new Network();
      const losses: number[] = [];
      for (let i = 0; i < 8; i++) {
        if (i === 4) tidy(() => network.filter.assign(mul(network.filter, 0.5)));
        losses.push(makeStep(network, step, 40 + i));
      }
      network.dispose();
      return losses;
    };
    const step = captureStep();
    expect(run(step)).toEqual(run(undefined));
    expect(step.replayed).toBe(2 + 2);
    step.dispose();
  });

  test('changes no copy of the moving statistics that was made in between', () => {
    const run = (step: CapturedStep | undefined): unknown => {
      const network = new Network();
      const losses: number[] = [];
      let copy: Tensor | undefined;
      for (let i = 0; i < 8; i++) {
        if (i === 4) copy = clone(network.movingMean);
        losses.push(makeStep(network, step, 50 + i));
      }
      const kept = [...(copy as Tensor).dataSync()];
      copy?.dispose();
      const values = network.values();
      network.dispose();
      return { losses, kept, values };
    };
    const step = captureStep();
    expect(run(step)).toEqual(run(undefined));
    expect(step.replayed).toBeGreaterThan(2);
    step.dispose();
  });

  test('gives values that later steps do not change', () => {
    const network = new Network();
    const step = captureStep();
    const x = tensor(numbers(4 * 6 * 6 * 3, 1), shape);
    const values: Tensor[] = [];
    for (let i = 0; i < 5; i++) {
      values.push(
        ...step.run(
          [x],
          () => {
            const { value, gradients } = valueAndGradients(() => network.loss(x), network.trained);
            return { values: [value], gradients };
          },
          (gradients) =>
            sgdStep(network.trained, gradients as Tensor[], [], { learningRate: 1e-4 }),
        ),
      );
    }
    expect(step.replayed).toBe(3);
    const losses = values.map((value) => value.dataSync()[0]);
    expect(new Set(losses).size).toBe(5);
    step.dispose();
    expect(values.map((value) => value.dataSync()[0])).toEqual(losses);
    for (const value of [...values, x]) value.dispose();
    network.dispose();
  });

  test('passes on that a computation or an update fails, and goes on', () => {
    const network = new Network();
    const step = captureStep();
    const before = state();
    const fail = (): void => {
      throw new Error('no more');
    };
    for (let i = 0; i < 4; i++) {
      makeStep(network, step, 60 + i);
      if (i === 0) expect(() => makeStep(network, step, 1, { beside: fail })).toThrow('no more');
    }
    const x = tensor(numbers(4 * 6 * 6 * 3, 1), shape);
    const compute = (): ComputedStep => ({ values: [], gradients: [] });
    expect(() => step.run([x], compute, fail)).toThrow('no more');
    x.dispose();
    step.dispose();
    expect(state()).toEqual(before);
    network.dispose();
  });

  test('tells inputs of the same values from those of others', () => {
    const weights = tidy(() => variable(tensor1d([1, 2, 3])));
    const step = captureStep();
    const sums = [0, 1, 2, 3, 4, 5, 6].map((i) => {
      const [a, b] = [tensor1d([i, i, i]), tensor1d([1, 1, 1])];
      const other = i < 3 ? a : b;
      const [value] = step.run(
        [a, other],
        () => {
          const loss = (): Scalar => sum(mul(mul(a, other), weights));
          const { value: result, gradients } = valueAndGradients(loss, [weights]);
          return { values: [result], gradients };
        },
        () => {},
      );
      const [number] = (value as Tensor).dataSync();
      for (const each of [a, b, value as Tensor]) each.dispose();
      return number;
    });
    expect(sums).toEqual([0, 6, 24, 18, 24, 30, 36]);
    expect(step.replayed).toBe(1 + 2);
    step.dispose();
    weights.dispose();
  });

  test('leaves inputs that the caller keeps as they are, those that are both too', () => {
    const weights = tidy(() => variable(tensor1d([1, 2, 3])));
    const step = captureStep();
    const before = state();
    const batches = [1, 2, 3, 4].map((i) => tensor1d([i, i, i]));
    const sums: number[] = [];
    for (const x of [...batches, ...batches]) {
      const [value] = step.run(
        [x, x],
        () => {
          const loss = (): Scalar => sum(mul(x, weights));
          const { value: result, gradients } = valueAndGradients(loss, [weights]);
          return { values: [result], gradients };
        },
        () => {},
      );
      sums.push((value as Tensor).dataSync()[0] as number);
      value?.dispose();
    }
    expect(sums).toEqual([6, 12, 18, 24, 6, 12, 18, 24]);
    expect(step.replayed).toBe(6);
    expect(batches.map((x) => [...x.dataSync()])).toEqual([1, 2, 3, 4].map((i) => [i, i, i]));
    for (const x of batches) x.dispose();
    step.dispose();
    expect(state()).toEqual(before);
    weights.dispose();
  });

  test('gives its memory back wherever there is none left, and is computed from then on', () => {
    const seeds = [10, 11, 12, 13, 14];
    const want = course(seeds, undefined);
    const before = state();
    const { heap } = runningBackend().device;
    const allocate = heap.allocate.bind(heap);
    let refused = 0;
    for (let fail = 1; refused === fail - 1; fail++) {
      const step = captureStep();
      let calls = 0;
      heap.allocate = (bytes) => {
        if (step.replayed === 0 || ++calls !== fail) return allocate(bytes);
        refused = fail;
        return -1;
      };
      try {
        expect(course(seeds, step)).toEqual(want);
      } finally {
        heap.allocate = allocate;
      }
      expect(step.reason).toBe(
        refused === fail ? 'the memory of its record was needed' : undefined,
      );
      step.dispose();
      expect(state()).toEqual(before);
    }
    expect(refused).toBeGreaterThan(2);
  });

  test('is computed while kernels are timed', async () => {
    const network = new Network();
    const step = captureStep();
    for (const seed of [1, 2, 3]) makeStep(network, step, seed);
    expect(step.replayed).toBe(1);
    const times = await mnet().profile(() => makeStep(network, step, 4));
    expect(times.map(({ kernel }) => kernel)).toContain('batchNormApply');
    expect(step.replayed).toBe(1);
    makeStep(network, step, 5);
    expect(step.replayed).toBe(2);
    step.dispose();
    network.dispose();
  });
});
