import { setThreads } from '@mnet/backend';
import { setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runningBackend } from '../src/register-backend.ts';
import { expectClose, numbers, type Plain, runOn } from './compare.ts';
import { caseCount, seed } from './fuzz/support.ts';

/** How far a transformed convolution may be from the direct one, of the largest value. */
const TOLERANCE = 1e-5;

interface Shape {
  batch: number;
  height: number;
  width: number;
  channels: number;
  filters: number;
  pad: number;
}

const four = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min / 4, max: max / 4 }).map((n) => 4 * n);

const shapes = fc.oneof(
  fc.record<Shape>({
    batch: fc.integer({ min: 24, max: 40 }),
    height: fc.integer({ min: 3, max: 10 }),
    width: fc.integer({ min: 3, max: 10 }),
    channels: four(32, 52),
    filters: four(32, 52),
    pad: fc.constantFrom(0, 1, 2),
  }),
  fc.record<Shape>({
    batch: fc.integer({ min: 64, max: 130 }),
    height: fc.constant(2),
    width: fc.constant(2),
    channels: four(96, 128),
    filters: four(96, 128),
    pad: fc.constant(1),
  }),
);

const plain = (shape: number[], own: number): Plain => ({
  shape,
  values: numbers(
    shape.reduce((a, b) => a * b, 1),
    own,
  ),
});

/** The direct sums in float64: output, gradient by the input, gradient by the filter. */
function direct({ batch, height, width, channels, filters, pad }: Shape, x: Plain, filter: Plain) {
  const [high, wide] = [height + 2 * pad - 2, width + 2 * pad - 2];
  const dy = plain([batch, high, wide, filters], 3);
  const y = new Float64Array(batch * high * wide * filters);
  const dx = new Float64Array(x.values.length);
  const dw = new Float64Array(filter.values.length);
  const at = (list: ArrayLike<number>, i: number): number => list[i] as number;
  for (let place = 0; place < batch * high * wide; place++) {
    const row = Math.floor(place / wide) % high;
    const image = Math.floor(place / wide / high);
    for (let tap = 0; tap < 9; tap++) {
      const iy = row + Math.floor(tap / 3) - pad;
      const ix = (place % wide) + (tap % 3) - pad;
      if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
      for (let c = 0; c < channels; c++) {
        const from = ((image * height + iy) * width + ix) * channels + c;
        const value = at(x.values, from);
        let sum = 0;
        for (let n = 0; n < filters; n++) {
          const w = (tap * channels + c) * filters + n;
          const g = at(dy.values, place * filters + n);
          y[place * filters + n] = at(y, place * filters + n) + value * at(filter.values, w);
          dw[w] = at(dw, w) + value * g;
          sum += g * at(filter.values, w);
        }
        dx[from] = at(dx, from) + sum;
      }
    }
  }
  return { y, dx, dw, dy };
}

/** Runs the three kernels; says which of them went through transformed tiles. */
async function three(shape: Shape, x: Plain, filter: Plain, dy: Plain) {
  const { pad } = shape;
  const around = [pad, pad];
  const attrs = { strides: 1, pad: [[0, 0], around, around, [0, 0]], dataFormat: 'NHWC' };
  const transformed: boolean[] = [];
  const run = async (
    kernel: string,
    inputs: Record<string, Plain>,
    more: Record<string, unknown> = {},
  ): Promise<Float32Array> => {
    runningBackend().device.startProfile();
    const [out] = await runOn('mnet', kernel, inputs, { ...attrs, ...more });
    transformed.push(
      runningBackend()
        .device.stopProfile()
        .some((k) => k.kernel === 'winogradInput'),
    );
    return out as Float32Array;
  };
  const y = await run('Conv2D', { x, filter });
  const dx = await run('Conv2DBackpropInput', { dy, filter }, { inputShape: x.shape });
  const dw = await run('Conv2DBackpropFilter', { x, dy }, { filterShape: filter.shape });
  return { y, dx, dw, transformed };
}

const inputs = (s: Shape): [Plain, Plain] => [
  plain([s.batch, s.height, s.width, s.channels], 1),
  plain([3, 3, s.channels, s.filters], 2),
];

describe('3 × 3 convolutions by transformed tiles', () => {
  beforeAll(async () => {
    await setBackend('mnet');
  });
  afterAll(() => setThreads(1));

  test('agree with the direct sums, forward and both gradients', async () => {
    let transformed = 0;
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const [x, filter] = inputs(shape);
        const want = direct(shape, x, filter);
        const got = await three(shape, x, filter, want.dy);
        expectClose(got.y, want.y, TOLERANCE);
        expectClose(got.dx, want.dx, TOLERANCE);
        expectClose(got.dw, want.dw, TOLERANCE);
        transformed += got.transformed.filter(Boolean).length;
      }),
      { numRuns: caseCount(24), seed },
    );
    // Of three kernels a case; small ones are computed directly.
    expect(transformed).toBeGreaterThan(1.5 * caseCount(24));
  });

  test.each([
    { batch: 40, height: 8, width: 7, channels: 64, filters: 64, pad: 1 },
    { batch: 128, height: 2, width: 2, channels: 128, filters: 128, pad: 1 },
  ])('give the same bits on 1, 2 and 4 threads: $height × $width', async (shape) => {
    const [x, filter] = inputs(shape);
    const { dy } = direct({ ...shape, batch: 1 }, ...inputs({ ...shape, batch: 1 }));
    const all = plain([shape.batch, ...dy.shape.slice(1)], 3);
    const on = async (threads: number) => {
      await setThreads(threads);
      const got = await three(shape, x, filter, all);
      expect(got.transformed).toEqual([true, true, true]);
      return got;
    };
    const one = await on(1);
    expect(await on(2)).toEqual(one);
    expect(await on(4)).toEqual(one);
  });

  test('more images than are transformed at a time', async () => {
    const shape = { batch: 24, height: 24, width: 24, channels: 32, filters: 64, pad: 1 };
    const [x, filter] = inputs(shape);
    const want = direct(shape, x, filter);
    const got = await three(shape, x, filter, want.dy);
    expect(got.transformed).toEqual([true, true, true]);
    expectClose(got.y, want.y, TOLERANCE);
    expectClose(got.dx, want.dx, TOLERANCE);
    expectClose(got.dw, want.dw, TOLERANCE);
  });

  test('an image whose tiles are more than are transformed at a time, in little memory', async () => {
    const shape = { batch: 2, height: 313, width: 190, channels: 16, filters: 16, pad: 1 };
    const [x, filter] = inputs(shape);
    const want = direct(shape, x, filter);
    const { heap } = runningBackend().device;
    const allocate = heap.allocate.bind(heap);
    let largest = 0;
    heap.allocate = (bytes) => {
      largest = Math.max(largest, bytes);
      return allocate(bytes);
    };
    try {
      const got = await three(shape, x, filter, want.dy);
      expect(got.transformed).toEqual([true, true, true]);
      expectClose(got.y, want.y, TOLERANCE);
      expectClose(got.dx, want.dx, TOLERANCE);
      expectClose(got.dw, want.dw, TOLERANCE);
    } finally {
      heap.allocate = allocate;
    }
    // No transformed tiles take more than the images.
    expect(largest).toBe(4 * x.values.length);
  });
});
