import { describe, expect, it } from 'vitest';
import { summarize } from '@mnet/bench';

describe('summarize', () => {
  it('agrees with numpy (median, percentile 95, mean, std with ddof=1)', () => {
    const summary = summarize([12, 10, 11, 30, 10.5, 13]);
    expect(summary.median).toBeCloseTo(11.5, 10);
    expect(summary.p95).toBeCloseTo(25.75, 10);
    expect(summary.mean).toBeCloseTo(14.416666666666666, 10);
    expect(summary.std).toBeCloseTo(7.709842194666936, 10);
    expect(summary.min).toBe(10);
  });

  it('takes a single time', () => {
    expect(summarize([4])).toEqual({ median: 4, p95: 4, mean: 4, std: 0, min: 4 });
  });

  it('says what it takes', () => {
    expect(() => summarize([])).toThrow('times: got none, takes at least one');
    expect(() => summarize([1, Number.NaN])).toThrow('times: got NaN, takes finite numbers');
  });
});
