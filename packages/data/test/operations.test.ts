import { Random } from '@mnet/core/random';
import { describe, expect, test } from 'vitest';
import { type OperationName, operations } from '../src/batch/operations/operations.ts';
import { drawOperation } from '../src/batch/operations/space.ts';
import { randAugmentSpace } from '../src/batch/rand-augment.ts';
import { trivialAugmentSpace } from '../src/batch/trivial-augment.ts';
import golden from './golden/augment.json' with { type: 'json' };

const cases = golden.pictures.flatMap(({ shape, bytes, changed }) =>
  changed.map((each) => ({ ...each, shape: shape as [number, number, number], source: bytes })),
);

describe('an operation gives the bytes that torchvision gives', () => {
  test.each(cases)('$operation $magnitude of $shape', (each) => {
    const source = Uint8Array.from(each.source);
    // What was there before must not shine through.
    const out = new Uint8Array(source.length).fill(99);
    operations[each.operation as OperationName](each.magnitude)(source, each.shape, out);
    expect(Array.from(out)).toEqual(each.bytes);
    expect(Array.from(source)).toEqual(each.source);
  });

  test('of each there are some', () => {
    const seen = new Set(cases.map(({ operation }) => operation));
    expect(seen).toEqual(new Set(Object.keys(operations)));
  });
});

describe.each([
  ['randAugment', randAugmentSpace(24, 40), golden.randAugment],
  ['trivialAugment', trivialAugmentSpace(), golden.trivialAugment],
] as const)('the operations of %s', (_name, space, wanted) => {
  test('have the magnitudes and signs of torchvision', () => {
    expect(space.map(({ name, signed }) => ({ name, signed }))).toEqual(
      wanted.map(({ name, signed }) => ({ name, signed })),
    );
    space.forEach(({ magnitudes }, i) => {
      expect(magnitudes).toHaveLength(wanted[i]!.magnitudes.length);
      magnitudes.forEach((magnitude, level) => {
        expect(magnitude).toBeCloseTo(wanted[i]!.magnitudes[level]!, 4);
      });
    });
  });

  test('are drawn equally often, with signs and magnitudes as they should be', () => {
    const random = new Random(5);
    const n = 28_000;
    const drawn = Array.from({ length: n }, () => drawOperation(space, undefined, random));
    for (const { name, magnitudes, signed } of space) {
      const own = drawn.filter((each) => each.name === name).map(({ magnitude }) => magnitude);
      expect(Math.abs(own.length - n / 14)).toBeLessThan(5 * Math.sqrt(n / 14));
      const possible = new Set(magnitudes.length === 0 ? [0] : magnitudes);
      expect(new Set(own.map(Math.abs))).toEqual(possible);
      const negative = own.filter((each) => each < 0).length;
      // A magnitude of 0 has no sign.
      const share = signed ? (own.length * 30) / 62 : 0;
      expect(Math.abs(negative - share)).toBeLessThanOrEqual(5 * Math.sqrt(share / 2));
    }
  });

  test('of one level have the magnitudes of that level', () => {
    const random = new Random(6);
    for (let i = 0; i < 200; i++) {
      const { name, magnitude } = drawOperation(space, 9, random);
      const { magnitudes } = space.find((each) => each.name === name)!;
      expect(Math.abs(magnitude)).toBe(magnitudes[9] ?? 0);
    }
  });
});
