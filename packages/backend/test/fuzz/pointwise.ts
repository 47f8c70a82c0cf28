import fc from 'fast-check';
import type { Plain } from '../compare.ts';
import { type Case, type Fuzz, mostly, plain, seeds } from './support.ts';

const special = fc.constantFrom(0, -0, 1, -1, 6, 3, -3, 1e-30, 3e38, NaN, Infinity, -Infinity);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.float({ min: -8, max: 8, noNaN: true }) },
  { weight: 1, arbitrary: special },
);

/** Shapes; of no elements and of rank 0 too. */
const shape = mostly(
  fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
  fc.array(fc.constantFrom(0, 1, 3), { maxLength: 4 }),
);

const sizeOf = (s: number[]): number => s.reduce((a, b) => a * b, 1);

const filled = (s: number[]): fc.Arbitrary<Plain> =>
  fc
    .array(value, { minLength: sizeOf(s), maxLength: sizeOf(s) })
    .map((values) => ({ shape: s, values }));

/** Shapes of up to five axes, of which many have one element, and others that go with them by the rules of broadcasting. */
const meeting: fc.Arbitrary<Case> = fc
  .array(
    fc.tuple(
      fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }) },
        { weight: 1, arbitrary: fc.constantFrom(17, 33) },
        { weight: 1, arbitrary: fc.constant(0) },
      ),
      fc.constantFrom('both', 'both', 'a', 'b'),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .filter((axes) => axes.reduce((size, [n]) => size * n, 1) <= 3000)
  .chain((axes) => {
    const shapeOf = (side: string): number[] =>
      axes.map(([n, has]) => (has === 'both' || has === side ? n : 1));
    const [a, b] = [shapeOf('a'), shapeOf('b')];
    const leading = a.findIndex((n) => n !== 1);
    return fc.tuple(filled(a), filled(b), fc.nat(Math.max(0, leading))).map(([x, y, cut]) => ({
      inputs: { a: { ...x, shape: a.slice(cut) }, b: y },
      attrs: {},
    }));
  });

/** Shapes that go with another, and some that do not. */
const partners: ((s: number[]) => number[])[] = [
  (s) => s,
  () => [],
  () => [1],
  () => [1, 1],
  (s) => s.slice(-1),
  (s) => s.slice(1),
  (s) => s.map((n, i) => (i === 0 ? 1 : n)),
  (s) => s.map((n, i) => (i === s.length - 1 ? 1 : n)),
  (s) => s.map(() => 1),
  (s) => [1, ...s],
  (s) => s.map((n) => n + 1),
  (s) => s.toReversed(),
  (s) => s.map((n, i) => (i === 0 ? 0 : n)),
];

const pair: fc.Arbitrary<Case> = fc
  .tuple(shape, fc.constantFrom(...partners), fc.boolean())
  .chain(([s, partner, swap]) =>
    fc.tuple(filled(s), filled(partner(s))).map(([a, b]) => ({
      inputs: swap ? { a: b, b: a } : { a, b },
      attrs: {},
    })),
  );

/** Of few values, so that many are equal. */
const truncated = ({ shape: s, values }: Plain): Plain => ({
  shape: s,
  values: Array.from(values, (v) => (Number.isFinite(v) ? Math.trunc(v / 3) : 0)),
  dtype: 'int32',
});

const pairs = fc.oneof(pair, meeting);
const binary: Fuzz = { cases: pairs, tolerance: 1e-6, runs: 300 };
const comparison: Fuzz = {
  cases: fc.tuple(pairs, fc.nat(3)).map(([{ inputs, attrs }, whole]) => {
    const { a, b } = inputs as Record<'a' | 'b', Plain>;
    if (whole > 0) return { inputs, attrs };
    return { inputs: { a: truncated(a), b: truncated(b) }, attrs };
  }),
  tolerance: 0,
  runs: 300,
};

const unary: Fuzz = {
  cases: shape.chain(filled).map((x) => ({
    inputs: { x },
    attrs: { clipValueMin: -1.5, clipValueMax: 2, alpha: 0.25 },
  })),
  tolerance: 1e-6,
  runs: 120,
};

const maxima: fc.Arbitrary<Case> = mostly(
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 2 }),
  shape,
).chain((s) =>
  fc
    .tuple(filled(s), fc.nat(s.length), fc.boolean(), fc.subarray(s.map((_, i) => i)))
    .map(([x, from, keepDims, some]) => ({
      inputs: { x },
      attrs: {
        // Trailing axes, and any.
        reductionIndices: keepDims ? s.map((_, i) => i).slice(from) : some,
        keepDims,
      },
    })),
);

const ranges: fc.Arbitrary<Case> = fc
  .record({
    start: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(0.5, -3.25)),
    length: fc.integer({ min: 0, max: 40 }),
    step: fc.constantFrom(1, 1, 2, -1, -3, 0.5),
    dtype: fc.constantFrom('int32', 'int32', 'float32'),
  })
  .map(({ start, length, step, dtype }) => ({
    inputs: {},
    attrs: { start, stop: start + length * step, step, dtype },
  }));

/** Places within an axis, and now and then one that is not. */
const places = (rows: number, length: number): fc.Arbitrary<number[]> =>
  fc.array(
    fc.oneof(
      { weight: 30, arbitrary: fc.nat(Math.max(0, rows - 1)) },
      { weight: 1, arbitrary: fc.constantFrom(-1, rows) },
    ),
    { minLength: length, maxLength: length },
  );

const typedPlain = (s: number[], seed: number, whole: boolean): Plain => {
  const { values } = plain(s, seed);
  if (!whole) return { shape: s, values };
  return { shape: s, values: Array.from(values, (v) => Math.trunc(v * 9)), dtype: 'int32' };
};

const gathers: fc.Arbitrary<Case> = fc
  .tuple(
    shape.filter((s) => s.length > 0),
    mostly(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }), fc.constant<number[]>([0])),
    fc.nat(3),
    fc.boolean(),
    seeds,
  )
  .chain(([s, of, axis, whole, seed]) => {
    const along = axis % s.length;
    return places(s[along] as number, sizeOf(of)).map((values) => ({
      inputs: {
        x: typedPlain(s, seed, whole),
        indices: { shape: of, values, dtype: 'int32' as const },
      },
      attrs: { axis: along - (seed % 2) * s.length, batchDims: 0 },
    }));
  });

const scatters: fc.Arbitrary<Case> = fc
  .tuple(
    shape.filter((s) => s.length > 0),
    mostly(fc.integer({ min: 1, max: 6 }), fc.constant(0)),
    fc.boolean(),
    seeds,
  )
  .chain(([s, count, whole, seed]) =>
    places(s[0] as number, count).map((values) => ({
      inputs: {
        tensor: typedPlain(s, seed, whole),
        indices: { shape: [count, 1], values, dtype: 'int32' as const },
        updates: typedPlain([count, ...s.slice(1)], seed + 1, whole),
      },
      attrs: {},
    })),
  );

/** Probabilities need finite logits to be told from NaN. */
const rows: fc.Arbitrary<Case> = shape
  .filter((s) => s.length > 0)
  .chain(filled)
  .map((logits) => ({ inputs: { logits }, attrs: { dim: logits.shape.length - 1 } }));

const orders: fc.Arbitrary<Case> = fc
  .tuple(
    mostly(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 70)), {
        minLength: 1,
        maxLength: 4,
      }),
      shape,
    ),
    fc.boolean(),
    fc.array(fc.double({ noNaN: true }), { minLength: 4, maxLength: 4 }),
    fc.nat(3),
  )
  .filter(([s]) => s.reduce((a, b) => a * b, 1) <= 20_000)
  .map(([s, whole, keys, turn]) => {
    const axes = s.map((_, i) => i);
    const any = axes.toSorted((i, j) => (keys[i] as number) - (keys[j] as number));
    const { values } = plain(s, 4);
    const x: Plain = whole
      ? { shape: s, values: Array.from(values, (v) => Math.trunc(v * 9)), dtype: 'int32' }
      : { shape: s, values };
    // Any order, and two runs that change places.
    const perm = turn % 2 === 0 ? any : [...axes.slice(turn), ...axes.slice(0, turn)];
    return { inputs: { x }, attrs: { perm } };
  });

const choices: fc.Arbitrary<Case> = fc
  .record({
    s: shape,
    depth: fc.integer({ min: 1, max: 9 }),
    dtype: fc.constantFrom('float32', 'int32', 'bool'),
    onValue: fc.constantFrom(1, 2.5, -3),
    offValue: fc.constantFrom(0, 0.25),
  })
  .map(({ s, depth, ...attrs }) => ({
    inputs: {
      indices: {
        shape: s,
        // Some are out of range on either side.
        values: Array.from(plain(s, 5).values, (v) => Math.trunc(v * depth * 2)),
        dtype: 'int32' as const,
      },
    },
    attrs: { ...attrs, depth },
  }));

const bool = ({ shape: s, values }: Plain): Plain => ({
  shape: s,
  values: Array.from(values, (v) => (v > 0 ? 1 : 0)),
  dtype: 'bool',
});

const both = shape.chain((s) => fc.tuple(filled(s), filled(s), filled(s)));

const tilings: fc.Arbitrary<Case> = shape.chain((s) =>
  fc
    .tuple(
      fc.array(mostly(fc.integer({ min: 1, max: 4 }), fc.constant(0)), {
        minLength: s.length,
        maxLength: s.length,
      }),
      fc.nat(3),
      fc.boolean(),
    )
    .map(([reps, ones, row]) => ({
      // A row repeated along leading axes of 1, and any other tiling.
      inputs: { x: plain(row ? s.map((n, i) => (i < ones ? 1 : n)) : s, 3) },
      attrs: { reps: row ? reps.map((n, i) => (i < ones ? n : 1)) : reps },
    })),
);

const fills: fc.Arbitrary<Case> = fc
  .record({
    shape: mostly(shape, fc.constantFrom<number[]>([-1], [2, -3], [1.5], [NaN])),
    value: fc.constantFrom(0, 1, -2.5, 7.9, NaN, 3e9),
    dtype: fc.constantFrom('float32', 'int32', 'bool', undefined),
  })
  .map((attrs) => ({ inputs: {}, attrs }));

const typed = fc.constantFrom<'float32' | 'int32' | 'bool'>('float32', 'int32', 'bool');
const anyType: fc.Arbitrary<Case> = fc
  .tuple(shape, typed, typed, seeds)
  .map(([s, from, dtype, n]) => {
    const { values } = plain(s, n);
    const x: Plain =
      from === 'float32'
        ? { shape: s, values }
        : {
            shape: s,
            values: Array.from(values, (v) =>
              from === 'bool' ? Number(v > 0) : Math.trunc(v * 9),
            ),
            dtype: from,
          };
    return { inputs: { x }, attrs: { dtype } };
  });

const sums: fc.Arbitrary<Case> = shape.chain((s) =>
  fc
    .record({
      axis: fc.subarray(s.map((_, i) => i)),
      keepDims: fc.boolean(),
      seed: seeds,
    })
    .map(({ axis, keepDims, seed }) => ({
      inputs: { x: plain(s, seed) },
      attrs: { axis, keepDims },
    })),
);

const list: fc.Arbitrary<Case> = fc
  .tuple(shape, fc.integer({ min: 1, max: 5 }), fc.nat(9))
  .map(([s, n, odd]) => ({
    // Now and then one of another shape.
    inputs: Array.from({ length: n }, (_, i) => plain(odd === 0 && i === 1 ? [...s, 2] : s, i + 1)),
    attrs: {},
  }));

const packs: fc.Arbitrary<Case> = fc
  .record({ s: shape, n: fc.integer({ min: 1, max: 5 }), last: fc.boolean(), whole: fc.boolean() })
  .map(({ s, n, last, whole }) => {
    const inputs = Array.from({ length: n }, (_, i): Plain => {
      const { values } = plain(s, i + 1);
      if (!whole) return { shape: s, values };
      return { shape: s, values: Array.from(values, (v) => Math.trunc(v * 9)), dtype: 'int32' };
    });
    return { inputs, attrs: { axis: last ? s.length : 0 } };
  });

const norms: fc.Arbitrary<Case> = fc
  .record({
    s: mostly(
      fc.tuple(...[3, 4, 4, 21].map((max) => fc.integer({ min: 1, max }))),
      fc.tuple(...[2, 2, 2, 3].map((max) => fc.integer({ min: 0, max }))),
    ),
    parameters: fc.constantFrom('row', 'row', 'row', 'one', 'whole'),
    scale: fc.boolean(),
    offset: fc.boolean(),
  })
  .map(({ s, parameters, scale, offset }) => {
    const c = parameters === 'row' ? s.slice(-1) : parameters === 'one' ? [1] : s;
    const { values } = plain(c, 3);
    const inputs: Record<string, Plain> = {
      x: plain(s, 1),
      mean: plain(c, 2),
      variance: { shape: c, values: Float32Array.from(values, (v) => v * v) },
    };
    if (scale) inputs.scale = plain(c, 4);
    if (offset) inputs.offset = plain(c, 5);
    return { inputs, attrs: { varianceEpsilon: 0.01 } };
  });

const table = (names: string[], fuzz: Fuzz): Record<string, Fuzz> =>
  Object.fromEntries(names.map((name) => [name, fuzz]));

/** Kernels that compute each value by itself, and sums, by kernel. */
export const pointwise: Record<string, Fuzz> = {
  ...table(
    ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference'],
    binary,
  ),
  ...table(['Less', 'LessEqual', 'Greater', 'GreaterEqual', 'Equal'], comparison),
  ...table(
    [
      'Neg',
      'Abs',
      'Sqrt',
      'Rsqrt',
      'Square',
      'Reciprocal',
      'Relu',
      'Relu6',
      'ClipByValue',
      'Erf',
      'Step',
      'Exp',
      'Log',
      'Sigmoid',
      'Softplus',
      'Elu',
      'LeakyRelu',
      'Tanh',
    ],
    unary,
  ),
  ...table(['ZerosLike', 'OnesLike', 'Cast'], { cases: anyType, tolerance: 0 }),
  ...table(['Sum', 'Mean'], { cases: sums }),
  LogicalAnd: {
    cases: both.map(([a, b]) => ({ inputs: { a: bool(a), b: bool(b) }, attrs: {} })),
    tolerance: 0,
  },
  Select: {
    cases: both.map(([c, t, e]) => ({ inputs: { condition: bool(c), t, e }, attrs: {} })),
    tolerance: 0,
  },
  EluGrad: {
    cases: both.map(([dy, y]) => ({ inputs: { dy, y }, attrs: {} })),
    tolerance: 1e-6,
  },
  AddN: { cases: list, tolerance: 1e-6, runs: 120 },
  Max: { cases: maxima, tolerance: 0 },
  Softmax: { cases: rows, tolerance: 1e-6 },
  Transpose: { cases: orders, tolerance: 0 },
  GatherV2: { cases: gathers, tolerance: 0 },
  TensorScatterUpdate: { cases: scatters, tolerance: 0 },
  OneHot: { cases: choices, tolerance: 0 },
  Range: { cases: ranges, tolerance: 0 },
  Pack: { cases: packs, tolerance: 0, runs: 160 },
  Tile: { cases: tilings, tolerance: 0, runs: 160 },
  Fill: { cases: fills, tolerance: 0 },
  FusedBatchNorm: { cases: norms, tolerance: 1e-5, runs: 160 },
};
