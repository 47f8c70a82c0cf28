import { expect, it } from 'vitest';
import { addTerms } from '../src/add-terms.ts';

it.each([
  [
    'two losses of one kind',
    [
      { tckd: 1, nckd: 2 },
      { tckd: 3, nckd: 4 },
    ],
    { tckd: 1, nckd: 2, tckd_1: 3, nckd_1: 4 },
  ],
  ['three', [{ kd: 1 }, { kd: 2 }, { kd: 3 }], { kd: 1, kd_1: 2, kd_2: 3 }],
  [
    'losses of two kinds whose terms have one name',
    [{ hint: 1 }, { hint: 2 }],
    { hint: 1, hint_1: 2 },
  ],
  ['a name with a number', [{ kd: 1 }, { kd_1: 2 }, { kd: 3 }], { kd: 1, kd_1: 2, kd_2: 3 }],
  ['one name of two', [{ a: 1 }, { a: 2, b: 3 }], { a: 1, a_1: 2, b_1: 3 }],
  ['a name that any object has', [{ constructor: 1 }], { constructor: 1 }],
])('no term takes the place of another: %s', (_, losses, expected) => {
  const terms: Record<string, number> = {};
  for (const parts of losses) addTerms(terms, parts as Record<string, number>);
  expect(terms).toEqual(expected);
});
