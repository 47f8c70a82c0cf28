import { outputLength, type Padding } from '@mnet/layers';
import { describe, expect, test } from 'vitest';

describe('outputLength', () => {
  test.each<[number | null, number, number, Padding, number | null]>([
    [9, 3, 2, 'same', 5],
    [8, 3, 2, 'symmetric', 4],
    [8, 3, 2, 'valid', 3],
    [2, 5, 1, 'valid', -2],
    [null, 3, 2, 'same', null],
  ])('of %j by a window of %i, stride %i, %s: %j', (length, kernel, stride, padding, left) => {
    expect(outputLength(length, kernel, stride, padding)).toBe(left);
  });

  test.each<[unknown[], string]>([
    [[8, 3, 0, 'same'], 'stride: got 0, takes a whole number from 1'],
    [[8, 0, 1, 'same'], 'kernelSize: got 0, takes a whole number from 1'],
    [[undefined, 3, 1, 'same'], 'length: got undefined, takes a whole number from 0'],
    [[null, 3, 1, 'foo'], "padding: got 'foo', takes one of 'symmetric', 'same', 'valid'"],
  ])('names what is wrong: %j', (given, message) => {
    expect(() => (outputLength as (...of: unknown[]) => unknown)(...given)).toThrow(message);
  });
});
