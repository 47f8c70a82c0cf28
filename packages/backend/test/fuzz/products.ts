import fc from 'fast-check';
import { epilogue, epilogueOf } from './epilogue.ts';
import { type Fuzz, mostly, plain, seeds } from './support.ts';

const size = mostly(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 1));

/** Leading axes of A and B; of [2, 1] by [1, 3] the cpu backend gives fewer values than the shape has. */
const batches = mostly(
  fc.constantFrom<[number[], number[]]>(
    [[], []],
    [[3], [3]],
    [[1], [3]],
    [[3], [1]],
    [[], [3]],
    [[2], []],
  ),
  fc.constantFrom<[number[], number[]]>(
    ...([
      [[0], [0]],
      [[1], [0]],
      [[0], [1]],
      [[0], []],
      [[3], [0]],
      [[2], [3]],
      [[1, 2], [2]],
      [
        [2, 0],
        [2, 0],
      ],
      [[1, 1], [5]],
    ] as [number[], number[]][]),
  ),
);

const products = fc.record({
  m: size,
  k: size,
  n: size,
  other: fc.integer({ min: 0, max: 19 }),
  batch: batches,
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  seed: seeds,
});

type Product = typeof products extends fc.Arbitrary<infer T> ? T : never;

function operands({ m, k, n, other, batch, transposeA, transposeB, seed }: Product): {
  a: ReturnType<typeof plain>;
  b: ReturnType<typeof plain>;
} {
  // Now and then B has another number of rows than A has columns.
  const rows = other === 0 ? k + 1 : k;
  return {
    a: plain([...batch[0], ...(transposeA ? [k, m] : [m, k])], seed),
    b: plain([...batch[1], ...(transposeB ? [n, rows] : [rows, n])], seed + 1),
  };
}

/** Matrix products, by kernel. */
export const matrixProducts: Record<string, Fuzz> = {
  BatchMatMul: {
    cases: products.map((p) => ({
      inputs: operands(p),
      attrs: { transposeA: p.transposeA, transposeB: p.transposeB },
    })),
  },
  _FusedMatMul: {
    // Square ones too, so that a bias along the rows has as many values as there are columns.
    cases: fc.record({ p: products, e: epilogue, square: fc.boolean() }).map(({ p, e, square }) => {
      const drawn = square ? { ...p, m: p.n } : p;
      const shape = [
        ...(drawn.batch[0].length > drawn.batch[1].length ? drawn.batch[0] : drawn.batch[1]),
        drawn.m,
        drawn.n,
      ];
      const more = epilogueOf(e, shape, p.seed + 2);
      return {
        inputs: { ...operands(drawn), ...more.inputs },
        attrs: { transposeA: p.transposeA, transposeB: p.transposeB, ...more.attrs },
      };
    }),
    runs: 400,
  },
};
