import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/config.ts';
import type { SearchRange } from '../../src/search/space/range.ts';
import { choice, integer, logInteger, logUniform, uniform } from '../../src/search/space/ranges.ts';
import { rangesFrom } from '../../src/search/space/ranges-from.ts';
import { refusal } from './refusal.ts';

describe('ranges', () => {
  it('are JSON that reads as the call', () => {
    expect(uniform(-1, 2)).toEqual({ uniform: [-1, 2] });
    expect(uniform(0, 1, 0.25)).toEqual({ uniform: [0, 1, 0.25] });
    expect(logUniform(1e-4, 1)).toEqual({ logUniform: [1e-4, 1] });
    expect(integer(1, 9)).toEqual({ integer: [1, 9] });
    expect(integer(1, 9, 2)).toEqual({ integer: [1, 9, 2] });
    expect(logInteger(1, 1024)).toEqual({ logInteger: [1, 1024] });
    const values = ['sgd', null, true, 0.5, { crop: { padding: 4 }, mix: [1, 'a'] }];
    expect(choice(values)).toEqual({ choice: values });
  });

  it('are read from JSON as they were written', () => {
    const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const range = fc.oneof(
      fc
        .tuple(finite, finite)
        .filter(([a, b]) => a < b)
        .map(([a, b]) => uniform(a, b)),
      fc
        .tuple(finite, fc.integer({ min: 1, max: 50 }))
        .map(([a, n]) => uniform(Math.fround(a), Math.fround(a) + n * 0.5, 0.5)),
      fc
        .tuple(finite, finite)
        .filter(([a, b]) => 0 < a && a < b)
        .map(([a, b]) => logUniform(a, b)),
      fc
        .tuple(fc.integer(), fc.nat({ max: 99 }), fc.integer({ min: 1, max: 9 }))
        .map(([a, n, s]) => integer(a, a + (n + 1) * s, s)),
      fc
        .tuple(fc.integer({ min: 1, max: 99 }), fc.nat({ max: 99 }))
        .map(([a, n]) => logInteger(a, a + n + 1)),
      fc
        .uniqueArray(fc.jsonValue(), { minLength: 1, selector: (value) => JSON.stringify(value) })
        // −0 is 0 in JSON.
        .map((values) => choice(JSON.parse(JSON.stringify(values)) as Value[])),
    );
    const ranges = fc.dictionary(fc.string({ minLength: 1 }), range, { minKeys: 1 });
    fc.assert(
      fc.property(ranges, (made) => {
        const read: unknown = JSON.parse(JSON.stringify(made));
        expect(JSON.stringify(rangesFrom(read, 'ranges'))).toBe(JSON.stringify(made));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('are copies, which later changes do not reach', () => {
    const given = { crop: { padding: 4 } };
    const made = choice([given, 1]);
    given.crop.padding = 8;
    expect(made).toEqual({ choice: [{ crop: { padding: 4 } }, 1] });
  });

  it('may have any key', () => {
    const read = rangesFrom(
      JSON.parse('{"__proto__": {"uniform": [0, 1]}, "constructor": {"choice": [1]}}'),
      'ranges',
    );
    expect(Object.keys(read)).toEqual(['__proto__', 'constructor']);
  });
});

describe('a range is refused', () => {
  it.each<[string, () => SearchRange]>([
    ['high: got 1, takes a number above 1', () => uniform(1, 1)],
    ['low: got NaN, takes a finite number', () => uniform(Number.NaN, 1)],
    ['high: got Infinity, takes a number above 0', () => uniform(0, Number.POSITIVE_INFINITY)],
    [
      `high: got 1.5e+308, takes a number above -1.5e+308, up to ${Number.MAX_VALUE - 1.5e308}`,
      () => uniform(-1.5e308, 1.5e308),
    ],
    ['step: got 0, takes a number above 0, up to 1', () => uniform(0, 1, 0)],
    ['step: got 2, takes a number above 0, up to 1', () => uniform(0, 1, 2)],
    ['step: got 0.3, takes a step that divides high - low, 1', () => uniform(0, 1, 0.3)],
    ['low: got 0, takes a number above 0', () => logUniform(0, 1)],
    ['low: got -1, takes a number above 0', () => logUniform(-1, 1)],
    ['high: got 0.5, takes a number above 1', () => logUniform(1, 0.5)],
    ['low: got 0.5, takes a safe integer', () => integer(0.5, 2)],
    ['high: got 3, takes a whole number from 4', () => integer(3, 3)],
    ['step: got 3, takes a step that divides high - low, 8', () => integer(1, 9, 3)],
    ['step: got 0.5, takes a whole number from 1 to 8', () => integer(1, 9, 0.5)],
    ['low: got 0, takes a whole number from 1', () => logInteger(0, 9)],
    ["low: got '1', takes a finite number", () => uniform('1' as never, 2)],
    ['high: got undefined, takes a number above 0', () => uniform(0, undefined as never)],
    ['choice: got [], takes an array of values, at least one', () => choice([])],
    ["choice: got 'ab', takes an array of values, at least one", () => choice('ab' as never)],
    ["choice[2]: got 'a' again, takes values that differ", () => choice(['a', 'b', 'a'])],
    ['choice[1]: got Object again, takes values that differ', () => choice([{ a: 1 }, { a: 1 }])],
    ['choice[0]: got NaN, takes what JSON can hold', () => choice([Number.NaN])],
    [
      'choice[1].a[0]: got undefined, takes what JSON can hold',
      () => choice([1, { a: [undefined] } as never]),
    ],
    ['choice[0]: got Map, takes what JSON can hold', () => choice([new Map() as never])],
    [
      'choice[0].f: got a function, takes what JSON can hold',
      () => choice([{ f: () => 1 } as never]),
    ],
  ])('%s', (message, make) => {
    expect(refusal(make)).toBe(message);
  });

  const kinds =
    'an object with one of uniform, logUniform, integer, logInteger, choice, such as { logUniform: [0.001, 1] }';
  const whole =
    'an object of ranges by key, at least one, such as { learningRate: { logUniform: [0.001, 1] } }';
  it.each<[string, unknown]>([
    [`ranges: got undefined, takes ${whole}`, undefined],
    [`ranges: got Object, takes ${whole}`, {}],
    [`ranges: got [], takes ${whole}`, []],
    [`ranges.lr: got 0.1, takes ${kinds}`, { lr: 0.1 }],
    [`ranges.lr: got [0, 1], takes ${kinds}`, { lr: [0, 1] }],
    [`ranges.lr: got an object with nothing, takes ${kinds}`, { lr: {} }],
    [`ranges.lr: got an object with 'normal', takes ${kinds}`, { lr: { normal: [0, 1] } }],
    [`ranges.lr: got an object with 'toString', takes ${kinds}`, { lr: { toString: [0, 1] } }],
    [
      `ranges.lr: got an object with 'uniform', 'step', takes ${kinds}`,
      { lr: { uniform: [0, 1], step: 0.1 } },
    ],
    [
      'ranges.lr.uniform: got [1], takes [low, high] or [low, high, step]',
      { lr: { uniform: [1] } },
    ],
    [
      'ranges.lr.uniform: got Object, takes [low, high] or [low, high, step]',
      { lr: { uniform: {} } },
    ],
    [
      'ranges.lr.logUniform: got [0.1, 1, 0.1], takes [low, high]',
      { lr: { logUniform: [0.1, 1, 0.1] } },
    ],
    ['ranges.lr.logUniform[0]: got 0, takes a number above 0', { lr: { logUniform: [0, 1] } }],
    ['ranges.lr.integer[1]: got 1, takes a whole number from 2', { lr: { integer: [1, 1] } }],
    [
      'ranges.lr.integer[2]: got 0, takes a whole number from 1 to 8',
      { lr: { integer: [1, 9, 0] } },
    ],
    [
      'ranges.lr.logInteger[0]: got 1.5, takes a whole number from 1',
      { lr: { logInteger: [1.5, 3] } },
    ],
    [
      'ranges.lr.choice: got Object, takes an array of values, at least one',
      { lr: { choice: {} } },
    ],
    ['ranges.lr.choice[1]: got 1 again, takes values that differ', { lr: { choice: [1, 1] } }],
  ])('%s', (message, json) => {
    expect(refusal(() => rangesFrom(json, 'ranges'))).toBe(message);
  });
});
