import { createHash } from 'node:crypto';
import {
  assertImageDataset,
  channelStatistics,
  type ImageDataset,
  type Shapes10Options,
  shapes10,
  shapes10Classes,
} from '@mnet/data';
import { describe, expect, test } from 'vitest';

const few = { train: 100, validation: 20, test: 30, seed: 1 };

test('gives sound, balanced parts of the sizes asked for', () => {
  const splits = shapes10(few);
  for (const [part, count] of [
    ['train', 100],
    ['validation', 20],
    ['test', 30],
  ] as const) {
    const data = splits[part];
    assertImageDataset(data);
    expect(data.length).toBe(count);
    expect(data.shape).toEqual([32, 32, 3]);
    for (let c = 0; c < 10; c++) {
      expect(data.labels.filter((label) => label === c)).toHaveLength(count / 10);
    }
  }
  expect(shapes10Classes).toHaveLength(10);
});

test('defaults to 4,000, 1,000 and 1,000 images', () => {
  const { train, validation, test: held } = shapes10({ size: 16 });
  expect([train.length, validation.length, held.length]).toEqual([4_000, 1_000, 1_000]);
  expect(train.shape).toEqual([16, 16, 3]);
});

describe('the seed', () => {
  test('decides every pixel: these, on every machine', () => {
    const { images } = shapes10({ ...few, train: 40 }).train;
    expect(createHash('md5').update(images).digest('hex')).toMatchInlineSnapshot(
      `"bcf40a219eb18bc9120ba621d1d30f3a"`,
    );
  });

  test('and the part, and the place, decide an image alone', () => {
    const a = shapes10(few);
    const b = shapes10({ ...few, train: 10, validation: 0, test: 30 });
    const same = (x: Uint8Array, y: Uint8Array): boolean => Buffer.compare(x, y) === 0;
    expect(same(b.train.images, a.train.images.subarray(0, b.train.images.length))).toBe(true);
    expect(same(b.test.images, a.test.images)).toBe(true);
    const c = shapes10({ ...few, seed: 2 });
    expect(same(c.train.images, a.train.images)).toBe(false);
    const bytes = 3072 * 20;
    expect(same(a.validation.images, a.train.images.subarray(0, bytes))).toBe(false);
    expect(same(a.validation.images, a.test.images.subarray(0, bytes))).toBe(false);
  });
});

test('no two images are the same', () => {
  const { images, length } = shapes10({ train: 1_000, validation: 0, test: 0 }).train;
  const digests = Array.from({ length }, (_, i) =>
    createHash('md5')
      .update(images.subarray(i * 3072, (i + 1) * 3072))
      .digest('hex'),
  );
  expect(new Set(digests).size).toBe(length);
});

test('mean and std are those of the pixels', () => {
  const { train } = shapes10({ train: 2_000, validation: 0, test: 0, seed: 5 });
  const { mean, std } = channelStatistics(train.images, 3);
  for (let c = 0; c < 3; c++) {
    expect(Math.abs(mean[c]! - train.mean[c]!)).toBeLessThan(0.01);
    expect(Math.abs(std[c]! - train.std[c]!)).toBeLessThan(0.01);
  }
});

/** Share of test images whose class is that of the nearest centroid of the training classes. */
function centroidAccuracy(train: ImageDataset, held: ImageDataset): number {
  const size = 3072;
  const centroids = Array.from({ length: 10 }, () => new Float64Array(size));
  for (let i = 0; i < train.length; i++) {
    const centroid = centroids[train.labels[i]!]!;
    for (let p = 0; p < size; p++)
      centroid[p]! += train.images[i * size + p]! / (train.length / 10);
  }
  let right = 0;
  for (let i = 0; i < held.length; i++) {
    const distances = centroids.map((centroid) => {
      let sum = 0;
      for (let p = 0; p < size; p++) sum += (held.images[i * size + p]! - centroid[p]!) ** 2;
      return sum;
    });
    if (distances.indexOf(Math.min(...distances)) === held.labels[i]) right++;
  }
  return right / held.length;
}

test('pixels alone do not tell the classes apart', () => {
  const { train, test: held } = shapes10({ train: 1_000, validation: 0, test: 300, seed: 3 });
  const accuracy = centroidAccuracy(train, held);
  expect(accuracy).toBeGreaterThan(0.1);
  expect(accuracy).toBeLessThan(0.4);
});

const wrong: [Record<string, unknown>, string][] = [
  [{ train: -1 }, 'train'],
  [{ validation: 0.5 }, 'validation'],
  [{ test: '100' }, 'test'],
  [{ seed: Number.NaN }, 'seed'],
  [{ size: 8 }, 'size'],
  [{ size: 257 }, 'size'],
  [{ noise: 3 }, "unknown option 'noise'"],
];
test.each(wrong)('refuses %j by name', (options, message) => {
  expect(() => shapes10(options as Shapes10Options)).toThrow(message);
});
