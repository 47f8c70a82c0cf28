import { describe, expect, it } from 'vitest';
import {
  type AnyResult,
  compareResults,
  compareWithFirst,
  mergeRounds,
  titleOf,
} from '@mnet/bench';
import {
  accuracyResult,
  costResult,
  memoryResult,
  oneOfEach,
  sizeResult,
  timeResult,
} from './sample-results.ts';

const rounds = (...medians: number[]): number[][] => medians.map((m) => [m * 0.98, m, m * 1.05]);
const session = { session: 's' };

describe('mergeRounds', () => {
  it('makes one result of several processes', () => {
    const merged = mergeRounds([
      timeResult([[1, 2, 3]], { firstMs: 9, peakMemoryBytes: 5, heapBytes: null }),
      timeResult([[4, 4, 4]], { firstMs: 7, peakMemoryBytes: 6, heapBytes: 3 }),
      timeResult([[2, 2, 8]], { firstMs: 8, peakMemoryBytes: 4, heapBytes: 2 }),
    ]);
    expect(merged).toMatchObject({
      medianMs: 2,
      imagesPerSecond: 500,
      minMs: 1,
      firstMs: 8,
      peakMemoryBytes: 6,
      heapBytes: 3,
      roundsMs: [
        [1, 2, 3],
        [4, 4, 4],
        [2, 2, 8],
      ],
    });
    expect(merged.meanMs).toBeCloseTo(30 / 9, 12);
    expect(() => mergeRounds([])).toThrow('results: got none');
  });
});

describe('compareResults', () => {
  it('compares rounds that were taken in turns pair by pair', () => {
    // The machine becomes half as fast, and the ratio stays.
    const before = timeResult(rounds(1, 1.1, 1.2, 1.4, 1.7, 2), session);
    const after = timeResult(rounds(1.2, 1.3, 1.45, 1.7, 2, 2.4), session);
    const [found] = compareResults([before], [after]).comparisons;
    expect(found).toMatchObject({ noise: 'in turns', verdict: 'worse', unit: 'ms' });
    expect(found?.change).toBeCloseTo(1.2, 1);
    expect(found?.low).toBeGreaterThan(1.15);
    const apart = compareResults([before], [{ ...after, session: 't' }]).comparisons[0];
    expect(apart).toMatchObject({ noise: 'rounds', verdict: 'undecided' });
  });

  it('gives no verdict on what may be noise', () => {
    const few = compareResults(
      [timeResult(rounds(1, 1, 1), session)],
      [timeResult(rounds(2, 2, 2), session)],
    ).comparisons[0];
    expect(few).toMatchObject({ low: 0, high: Number.POSITIVE_INFINITY, verdict: 'undecided' });
    const single = compareResults(
      [timeResult([[1, 1.1, 1, 1.2, 1.1, 1]])],
      [timeResult([[2, 2.1, 2, 2.2, 2.1, 2]])],
    ).comparisons[0];
    expect(single).toMatchObject({ noise: 'runs', verdict: 'undecided' });
    expect(single?.change).toBeCloseTo(2, 1);
    expect(single?.low).toBeGreaterThan(1.5);
  });

  it('tells what is counted exactly', () => {
    const { comparisons } = compareResults(
      [sizeResult(), costResult()],
      [
        sizeResult({ files: { ...sizeResult().files, uint8: { bytes: 1, gzipBytes: 1 } } }),
        costResult({ macs: 7e6 }),
      ],
    );
    const verdicts = Object.fromEntries(comparisons.map((c) => [c.figure, c.verdict]));
    expect(verdicts).toEqual({
      float32: 'same',
      'float32, gzip': 'same',
      float16: 'same',
      'float16, gzip': 'same',
      uint8: 'better',
      'uint8, gzip': 'better',
      parameters: 'same',
      MACs: 'worse',
    });
  });

  it('takes the noise of an accuracy from its images', () => {
    const of = (accuracy: number, count = 1000) =>
      compareResults([accuracyResult({ count })], [accuracyResult({ accuracy, count })])
        .comparisons[0];
    expect(of(0.81)).toMatchObject({ verdict: 'undecided', noise: 'images' });
    expect(of(0.81)?.change).toBeCloseTo(0.01, 12);
    expect(of(0.81, 100_000)?.verdict).toBe('better');
    expect(of(0.7)?.verdict).toBe('worse');
  });

  it('shows memory without a verdict, and what one side lacks', () => {
    const found = compareResults(
      [memoryResult(), timeResult([[1]], { batch: 8 }), timeResult([[1]])],
      [
        memoryResult({ aboveFloorBytes: 2 ** 28 }),
        timeResult([[1]], { batch: 16 }),
        timeResult([[1]]),
      ],
    );
    expect(found.comparisons).toHaveLength(2);
    expect(found.comparisons[0]).toMatchObject({ change: 2, verdict: 'undecided' });
    expect(found.onlyBefore).toEqual(['mobilenet_v2, infer, mnet, 2 threads, batch 8']);
    expect(found.onlyAfter).toEqual(['mobilenet_v2, infer, mnet, 2 threads, batch 16']);
  });

  it('compares two that alone measure the same, whatever the network', () => {
    const { comparisons } = compareResults(
      [timeResult([[1]])],
      [timeResult([[2]], { model: 'resnet18', width: 0.5 })],
    );
    expect(comparisons[0]?.name).toBe(
      'mobilenet_v2, infer, mnet, 2 threads, batch 1 → resnet18 ×0.5, infer, mnet, 2 threads, batch 1',
    );
    expect(compareResults(oneOfEach, oneOfEach).onlyAfter).toEqual([]);
  });

  it.each<[string, AnyResult, AnyResult]>([
    ['batches', timeResult([[1]]), timeResult([[8]], { batch: 8 })],
    ['modes', timeResult([[1]]), timeResult([[3]], { mode: 'train' })],
    ['memory of batches', memoryResult(), memoryResult({ batch: 8 })],
    ['data sets', accuracyResult(), accuracyResult({ dataset: 'CIFAR-10' })],
    ['parts of data', accuracyResult(), accuracyResult({ part: 'validation' })],
  ])('does not compare other %s, be they alone', (_, before, after) => {
    const found = compareResults([before], [after]);
    expect(found.comparisons).toEqual([]);
    expect(found.onlyBefore).toEqual([titleOf(before)]);
    expect(found.onlyAfter).toEqual([titleOf(after)]);
  });

  it('says what it takes', () => {
    expect(() => compareResults([], [], { confidence: 1 })).toThrow('confidence: got 1');
    expect(() => compareResults([], [], { alpha: 1 } as never)).toThrow("unknown option 'alpha'");
  });
});

describe('compareWithFirst', () => {
  it('compares each result with the first of its kind', () => {
    const found = compareWithFirst([
      timeResult(rounds(1, 1, 1, 1, 1, 1), session),
      timeResult(rounds(3, 3, 3, 3, 3, 3), { ...session, on: 'mnet:wasm' }),
      timeResult(rounds(3), { ...session, batch: 8 }),
      accuracyResult(),
      sizeResult(),
      accuracyResult({ model: 'other', accuracy: 0.9 }),
      sizeResult({ model: 'other' }),
    ]);
    expect(found).toHaveLength(8);
    expect(found[0]).toMatchObject({ verdict: 'worse', noise: 'in turns' });
    expect(found[0]?.name).toContain('mnet:wasm');
    expect(found[1]).toMatchObject({ figure: 'accuracy', verdict: 'better' });
  });
});
