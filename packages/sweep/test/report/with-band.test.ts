import { describe, expect, it } from 'vitest';
import { withBand } from '../../src/report/with-band.ts';

describe('withBand', () => {
  it('is a deviation to both sides, of two values these, of one nothing', () => {
    expect(withBand([0.5])).toEqual({ y: 0.5 });
    expect(withBand([0.25, 0.75])).toEqual({ y: 0.5, low: 0.25, high: 0.75 });
    const { y, low = 0, high = 0 } = withBand([1, 2, 3]);
    expect([y, low, high].map((value) => value.toFixed(6))).toEqual([
      '2.000000',
      '1.000000',
      '3.000000',
    ]);
  });
});
