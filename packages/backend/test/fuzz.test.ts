import fc from 'fast-check';
import { describe, test } from 'vitest';
import { expectKept, expectSame, numbers, type Plain } from './compare.ts';

/** Cases a property; seeded, so that a failure can be run again. */
const runs = { numRuns: 250, seed: 20240607 };

/** A window along one axis: sizes, stride, dilation and a padding under which it fits. */
const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    before: fc.integer({ min: 0, max: 2 }),
    after: fc.integer({ min: 0, max: 2 }),
  })
  .filter((a) => (a.kernel - 1) * a.dilation + 1 <= a.size + a.before + a.after);

const geometry = fc
  .record({
    batch: fc.constantFrom(0, 1, 2, 5, 6, 7, 13),
    y: axis,
    x: axis,
    channels: fc.integer({ min: 1, max: 21 }),
    filters: fc.integer({ min: 1, max: 21 }),
    seed: fc.integer({ min: 1, max: 1e6 }),
    pad: fc.constantFrom('same', 'valid', 'explicit'),
  })
  // tfjs allows a dilation or a stride, not both.
  .map((g) =>
    g.y.dilation + g.x.dilation > 2
      ? { ...g, y: { ...g.y, stride: 1 }, x: { ...g.x, stride: 1 } }
      : g,
  );

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

function attributes({ y, x, pad }: Geometry): Record<string, unknown> {
  const fits = (a: Geometry['y']): boolean => (a.kernel - 1) * a.dilation + 1 <= a.size;
  const explicit = [
    [0, 0],
    [y.before, y.after],
    [x.before, x.after],
    [0, 0],
  ];
  return {
    strides: [y.stride, x.stride],
    dilations: [y.dilation, x.dilation],
    pad: pad === 'explicit' || (pad === 'valid' && !(fits(y) && fits(x))) ? explicit : pad,
    dataFormat: 'NHWC',
    dimRoundingMode: 'floor',
  };
}

const outputSize = (a: Geometry['y'], attrs: Record<string, unknown>, index: 1 | 2): number => {
  const span = (a.kernel - 1) * a.dilation + 1;
  if (attrs.pad === 'same') return Math.ceil(a.size / a.stride);
  const [before, after] =
    attrs.pad === 'valid' ? [0, 0] : ((attrs.pad as number[][])[index] as [number, number]);
  return Math.floor((a.size + before + after - span) / a.stride) + 1;
};

const plain = (shape: number[], seed: number): Plain => ({
  shape,
  values: numbers(
    shape.reduce((a, b) => a * b, 1),
    seed,
  ),
});

/** The same with one value in 29 replaced by one that is not finite. */
function spoilt({ shape, values }: Plain, seed: number): Plain {
  const odd = [NaN, Infinity, -Infinity];
  return {
    shape,
    values: Float32Array.from(values, (v, i) =>
      (i * 7 + seed) % 29 === 0 ? (odd[i % 3] ?? v) : v,
    ),
  };
}

describe('convolution agrees with the cpu backend', () => {
  const shapes = (
    g: Geometry,
  ): Record<'x' | 'filter' | 'dy' | 'depthFilter' | 'depthDy', number[]> => {
    const attrs = attributes(g);
    const out = [g.batch, outputSize(g.y, attrs, 1), outputSize(g.x, attrs, 2)];
    return {
      x: [g.batch, g.y.size, g.x.size, g.channels],
      filter: [g.y.kernel, g.x.kernel, g.channels, g.filters],
      dy: [...out, g.filters],
      depthFilter: [g.y.kernel, g.x.kernel, g.channels, 1],
      depthDy: [...out, g.channels],
    };
  };

  test('Conv2D', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const s = shapes(g);
        await expectSame(
          'Conv2D',
          { x: plain(s.x, g.seed), filter: plain(s.filter, g.seed + 1) },
          attributes(g),
        );
      }),
      runs,
    );
  });

  test('Conv2DBackpropInput', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const s = shapes(g);
        // The cpu backend's kernel knows no dilation here.
        const attrs = {
          ...attributes({ ...g, y: { ...g.y, dilation: 1 }, x: { ...g.x, dilation: 1 } }),
        };
        const plainG = { ...g, y: { ...g.y, dilation: 1 }, x: { ...g.x, dilation: 1 } };
        const dy = [
          g.batch,
          outputSize(plainG.y, attrs, 1),
          outputSize(plainG.x, attrs, 2),
          g.filters,
        ];
        const inputs = { dy: plain(dy, g.seed), filter: plain(s.filter, g.seed + 1) };
        await expectSame('Conv2DBackpropInput', inputs, { ...attrs, inputShape: s.x });
      }),
      runs,
    );
  });

  test('Conv2DBackpropFilter', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const plainG = { ...g, y: { ...g.y, dilation: 1 }, x: { ...g.x, dilation: 1 } };
        const s = shapes(plainG);
        const inputs = { x: plain(s.x, g.seed), dy: plain(s.dy, g.seed + 1) };
        await expectSame('Conv2DBackpropFilter', inputs, {
          ...attributes(plainG),
          filterShape: s.filter,
        });
      }),
      // The cpu backend's kernel is slow here.
      { ...runs, numRuns: 100 },
    );
  });

  test('DepthwiseConv2dNative', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const s = shapes(g);
        const inputs = { x: plain(s.x, g.seed), filter: plain(s.depthFilter, g.seed + 1) };
        await expectSame('DepthwiseConv2dNative', inputs, attributes(g));
      }),
      runs,
    );
  });

  test('DepthwiseConv2dNativeBackpropInput', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const plainG = { ...g, y: { ...g.y, dilation: 1 }, x: { ...g.x, dilation: 1 } };
        const s = shapes(plainG);
        const inputs = { dy: plain(s.depthDy, g.seed), filter: plain(s.depthFilter, g.seed + 1) };
        await expectSame('DepthwiseConv2dNativeBackpropInput', inputs, {
          ...attributes(plainG),
          inputShape: s.x,
        });
      }),
      runs,
    );
  });

  test('DepthwiseConv2dNativeBackpropFilter', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const plainG = { ...g, y: { ...g.y, dilation: 1 }, x: { ...g.x, dilation: 1 } };
        const s = shapes(plainG);
        const inputs = { x: plain(s.x, g.seed), dy: plain(s.depthDy, g.seed + 1) };
        const attrs = { ...attributes(plainG), filterShape: s.depthFilter };
        await expectSame('DepthwiseConv2dNativeBackpropFilter', inputs, attrs);
      }),
      runs,
    );
  });

  // What is not finite stays so. It may spread where a kernel multiplies by the zeros around an image.
  for (const [kernel, spreads] of [
    ['Conv2D', false],
    ['Conv2DBackpropInput', false],
    ['Conv2DBackpropFilter', true],
    ['DepthwiseConv2dNative', false],
    ['DepthwiseConv2dNativeBackpropInput', false],
    ['DepthwiseConv2dNativeBackpropFilter', true],
  ] as const) {
    test(`${kernel} of NaN and infinities`, async () => {
      await fc.assert(
        fc.asyncProperty(geometry, async (drawn) => {
          const g = { ...drawn, y: { ...drawn.y, dilation: 1 }, x: { ...drawn.x, dilation: 1 } };
          const s = shapes(g);
          const depth = kernel.startsWith('Depthwise');
          const filterShape = depth ? s.depthFilter : s.filter;
          const x = spoilt(plain(s.x, g.seed), g.seed);
          const dy = spoilt(plain(depth ? s.depthDy : s.dy, g.seed + 1), g.seed + 5);
          const filter = spoilt(plain(filterShape, g.seed + 2), g.seed + 9);
          const attrs = { ...attributes(g), filterShape, inputShape: s.x };
          const inputs: Record<string, Plain> = kernel.endsWith('Input')
            ? { dy, filter }
            : kernel.endsWith('Filter')
              ? { x, dy }
              : { x, filter };
          await (spreads ? expectKept : expectSame)(kernel, inputs, attrs);
        }),
        { ...runs, numRuns: 80 },
      );
    });
  }

  for (const [kernel, depth] of [
    ['FusedConv2D', false],
    ['FusedDepthwiseConv2D', true],
  ] as const) {
    test(kernel, async () => {
      const activation = fc.constantFrom('linear', 'relu', 'relu6', 'elu');
      await fc.assert(
        fc.asyncProperty(geometry, activation, fc.boolean(), async (g, act, withBias) => {
          const s = shapes(g);
          const inputs: Record<string, Plain> = {
            x: plain(s.x, g.seed),
            filter: plain(depth ? s.depthFilter : s.filter, g.seed + 1),
          };
          if (withBias) inputs.bias = plain([depth ? g.channels : g.filters], g.seed + 2);
          await expectSame(kernel, inputs, { ...attributes(g), activation: act });
        }),
        runs,
      );
    });
  }

  test('MaxPool', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const attrs = attributes({ ...g, pad: g.pad === 'explicit' ? 'same' : g.pad });
        const plainPad = typeof attrs.pad === 'string' ? attrs.pad : 'same';
        await expectSame(
          'MaxPool',
          { x: plain(shapes(g).x, g.seed) },
          {
            filterSize: [g.y.kernel, g.x.kernel],
            strides: [g.y.stride, g.x.stride],
            pad: plainPad,
          },
        );
      }),
      runs,
    );
  });
});

describe('products agree with the cpu backend', () => {
  const sizes = fc.record({
    m: fc.integer({ min: 1, max: 40 }),
    k: fc.integer({ min: 1, max: 40 }),
    n: fc.integer({ min: 1, max: 40 }),
    batchA: fc.constantFrom(1, 3),
    batchB: fc.constantFrom(1, 3),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1e6 }),
  });
  test('BatchMatMul', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ m, k, n, batchA, batchB, transposeA, transposeB, seed }) => {
        const inputs = {
          a: plain([batchA, ...(transposeA ? [k, m] : [m, k])], seed),
          b: plain([batchB, ...(transposeB ? [n, k] : [k, n])], seed + 1),
        };
        await expectSame('BatchMatMul', inputs, { transposeA, transposeB });
      }),
      runs,
    );
  });
});

describe('pointwise kernels and sums agree with the cpu backend', () => {
  const special = fc.constantFrom(0, -0, 1, -1, 6, 3, -3, 1e-30, 3e38, NaN, Infinity, -Infinity);
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.float({ min: -8, max: 8, noNaN: true }) },
    { weight: 1, arbitrary: special },
  );
  const shape = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
  const filled = (s: number[]): fc.Arbitrary<number[]> => {
    const length = s.reduce((a, b) => a * b, 1);
    return fc.array(value, { minLength: length, maxLength: length });
  };
  const pair = shape.chain((s) =>
    fc.nat(4).chain((mode) => {
      const other =
        mode === 0
          ? s
          : mode === 1
            ? [1]
            : mode === 2
              ? s.slice(-1)
              : mode === 3
                ? s.map((n, i) => (i === 0 ? 1 : n))
                : s.map((n, i) => (i === s.length - 1 ? 1 : n));
      return fc.record({
        s: fc.constant(s),
        other: fc.constant(other),
        a: filled(s),
        b: filled(other),
        swap: fc.boolean(),
      });
    }),
  );
  for (const kernel of [
    'Add',
    'Sub',
    'Multiply',
    'RealDiv',
    'Maximum',
    'Minimum',
    'SquaredDifference',
  ]) {
    test(kernel, async () => {
      await fc.assert(
        fc.asyncProperty(pair, async ({ s, other, a, b, swap }) => {
          const first = { shape: s, values: a };
          const second = { shape: other, values: b };
          await expectSame(
            kernel,
            swap ? { a: second, b: first } : { a: first, b: second },
            {},
            1e-6,
          );
        }),
        { ...runs, numRuns: 120 },
      );
    });
  }
  const unary = [
    'Neg',
    'Abs',
    'Sqrt',
    'Rsqrt',
    'Square',
    'Reciprocal',
    'Relu',
    'Relu6',
    'ClipByValue',
    'Step',
  ];
  for (const kernel of unary) {
    test(kernel, async () => {
      await fc.assert(
        fc.asyncProperty(
          shape.chain((s) => fc.tuple(fc.constant(s), filled(s))),
          async ([s, values]) => {
            const attrs = { clipValueMin: -1.5, clipValueMax: 2, alpha: 0.25 };
            await expectSame(kernel, { x: { shape: s, values } }, attrs, 1e-6);
          },
        ),
        { ...runs, numRuns: 120 },
      );
    });
  }
  for (const kernel of ['Less', 'LessEqual', 'Greater', 'GreaterEqual']) {
    test(kernel, async () => {
      await fc.assert(
        fc.asyncProperty(pair, async ({ s, other, a, b, swap }) => {
          const first = { shape: s, values: a };
          const second = { shape: other, values: b };
          await expectSame(kernel, swap ? { a: second, b: first } : { a: first, b: second }, {}, 0);
        }),
        { ...runs, numRuns: 120 },
      );
    });
  }
  const flags = (values: number[]): number[] => values.map((v) => (v > 0 ? 1 : 0));
  test('LogicalAnd and Select', async () => {
    await fc.assert(
      fc.asyncProperty(
        shape.chain((s) => fc.tuple(fc.constant(s), filled(s), filled(s), filled(s))),
        async ([s, a, b, c]) => {
          const bool = (values: number[]): Plain => ({
            shape: s,
            values: flags(values),
            dtype: 'bool',
          });
          await expectSame('LogicalAnd', { a: bool(a), b: bool(b) }, {}, 0);
          await expectSame(
            'Select',
            { condition: bool(c), t: { shape: s, values: a }, e: { shape: s, values: b } },
            {},
            0,
          );
        },
      ),
      runs,
    );
  });
  test('Tile', async () => {
    const cases = shape.chain((s) =>
      fc.tuple(
        fc.constant(s),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: s.length, maxLength: s.length }),
        fc.nat(3),
      ),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([s, reps, ones]) => {
        const shaped = s.map((n, i) => (i < ones ? 1 : n));
        await expectSame(
          'Tile',
          { x: plain(shaped, 3) },
          { reps: reps.map((n, i) => (i < ones ? n : 1)) },
          0,
        );
        await expectSame('Tile', { x: plain(s, 4) }, { reps }, 0);
      }),
      { ...runs, numRuns: 80 },
    );
  });
  test('FusedBatchNorm', async () => {
    const cases = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 21 }),
    );
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), fc.boolean(), async (s, withScale, withOffset) => {
        const c = [s[3]];
        const variance = plain(c, 3);
        const inputs: Record<string, Plain> = {
          x: plain(s, 1),
          mean: plain(c, 2),
          variance: { shape: c, values: Float32Array.from(variance.values, (v) => v * v) },
        };
        if (withScale) inputs.scale = plain(c, 4);
        if (withOffset) inputs.offset = plain(c, 5);
        await expectSame('FusedBatchNorm', inputs, { varianceEpsilon: 0.01 }, 1e-5);
      }),
      { ...runs, numRuns: 80 },
    );
  });
  for (const kernel of ['Sum', 'Mean']) {
    test(kernel, async () => {
      const cases = shape.chain((s) =>
        fc.record({
          s: fc.constant(s),
          axis: fc.subarray(
            s.map((_, i) => i),
            { minLength: 1 },
          ),
          keepDims: fc.boolean(),
          seed: fc.integer({ min: 1, max: 1e6 }),
        }),
      );
      await fc.assert(
        fc.asyncProperty(cases, async ({ s, axis: axes, keepDims, seed }) => {
          await expectSame(kernel, { x: plain(s, seed) }, { axis: axes, keepDims });
        }),
        runs,
      );
    });
  }
});
