import {
  booleanValue,
  integerFrom,
  integerIn,
  knownOptions,
  numberAbove,
  numberBelow,
  numberIn,
  oneOf,
  seedValue,
  show,
} from '@mnet/core/check';
import { expect, test } from 'vitest';

class Tensorlike {
  readonly rank = 2;
}

test('what is taken passes', () => {
  expect(() => {
    oneOf('b', ['a', 'b'], 'x');
    oneOf(2, [1, 2], 'x');
    numberIn(-0.5, -1, 1, 'x');
    numberIn(Number.MAX_VALUE, 0, Number.MAX_VALUE, 'x');
    numberAbove(Number.MIN_VALUE, 0, 1, 'x');
    numberBelow(0, 0, Number.MIN_VALUE, 'x');
    integerIn(3, 3, 3, 'x');
    integerFrom(Number.MAX_SAFE_INTEGER, 0, 'x');
    seedValue(Number.MIN_SAFE_INTEGER, 'x');
    booleanValue(false, 'x');
    knownOptions({ a: 1 }, ['a', 'b'], 'x');
  }).not.toThrow();
});

test.each([
  [() => oneOf('c', ['a', 'b'], 'x'), TypeError, "x: got 'c', takes one of 'a', 'b'"],
  [() => oneOf('1', [1, 2], 'x'), TypeError, "x: got '1', takes one of 1, 2"],
  [() => numberIn(1.5, 0, 1, 'x'), RangeError, 'x: got 1.5, takes a number from 0 to 1'],
  [() => numberIn(NaN, 0, 1, 'x'), RangeError, 'x: got NaN, takes a number from 0 to 1'],
  [
    () => numberIn(Infinity, 0, Number.MAX_VALUE, 'x'),
    RangeError,
    'x: got Infinity, takes a finite number from 0',
  ],
  [
    () => numberIn('1', -Number.MAX_VALUE, Number.MAX_VALUE, 'x'),
    RangeError,
    "x: got '1', takes a finite number",
  ],
  [() => numberAbove(0, 0, Number.MAX_VALUE, 'x'), RangeError, 'x: got 0, takes a number above 0'],
  [() => numberAbove(3, 0, 2, 'x'), RangeError, 'x: got 3, takes a number above 0, up to 2'],
  [() => numberBelow(1, 0, 1, 'x'), RangeError, 'x: got 1, takes a number from 0 to below 1'],
  [() => numberBelow(NaN, 0, 1, 'x'), RangeError, 'x: got NaN, takes a number from 0 to below 1'],
  [() => integerIn(0, 1, 9, 'x'), RangeError, 'x: got 0, takes a whole number from 1 to 9'],
  [() => integerFrom(1.5, 1, 'x'), RangeError, 'x: got 1.5, takes a whole number from 1'],
  [() => seedValue(2 ** 53, 'x'), RangeError, 'x: got 9007199254740992, takes a safe integer'],
  [() => booleanValue(0, 'x'), TypeError, 'x: got 0, takes true or false'],
  [() => knownOptions(null, ['a'], 'x'), TypeError, 'x: got null, takes an object of options'],
  [() => knownOptions([], ['a'], 'x'), TypeError, 'x: got [], takes an object of options'],
  [() => knownOptions({ c: 1 }, ['a'], 'x'), TypeError, "x: unknown option 'c', takes a"],
])('what is not taken is an error that names it (%#)', (check, kind, message) => {
  let thrown: unknown;
  try {
    check();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(kind);
  expect((thrown as Error).message.startsWith(message)).toBe(true);
});

test.each([
  ['a', "'a'"],
  [() => 1, 'a function'],
  [[1, 'b'], "[1, 'b']"],
  [Array.from({ length: 9 }), 'an array of 9'],
  [{}, 'Object'],
  [Object.create(null), 'an object'],
  [new Tensorlike(), 'Tensorlike'],
  [undefined, 'undefined'],
])('%o is quoted in few words', (value, words) => {
  expect(show(value)).toBe(words);
});
