import {
  assertImageDataset,
  batches,
  channelStatistics,
  compact,
  fingerprint,
  gatherBatch,
  imageAt,
  type ImageDataset,
  shapes10,
  stratifiedSplit,
  subset,
} from '@mnet/data';
import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomDataset } from './helpers/dataset.ts';

beforeAll(() => setBackend('cpu'));

const good = randomDataset(8);

describe('assertImageDataset', () => {
  test('takes a sound data set, also an empty one', () => {
    for (const data of [good, randomDataset(0), { ...good, images: Buffer.from(good.images) }]) {
      expect(() => assertImageDataset(data)).not.toThrow();
    }
  });

  const wrong: [string, unknown][] = [
    ['name', ''],
    ['name', undefined],
    ['shape', [6, 5]],
    ['shape', [6, 5, 0]],
    ['shape', [6, 5.5, 3]],
    ['shape', 'big'],
    ['classes', []],
    ['classes', [1, 2, 3, 4]],
    ['classes', 10],
    ['mean', [0.5, 0.5]],
    ['mean', [125, 122, 113]],
    ['mean', [0.5, Number.NaN, 0.5]],
    ['std', [0.2, 0, 0.2]],
    ['std', [0.2, -1, 0.2]],
    ['std', undefined],
    ['length', 7],
    ['length', -1],
    ['length', 7.5],
    ['images', new Float32Array(8 * 90)],
    ['images', new Uint8Array(8 * 90 - 1)],
    ['images', [1, 2, 3]],
    ['labels', new Uint8Array(8)],
    ['labels', new Int32Array(9)],
    ['labels[2]', Int32Array.of(0, 1, 4, 0, 0, 0, 0, 0)],
    ['labels[7]', Int32Array.of(0, 1, 2, 0, 0, 0, 0, -1)],
    ['positions', [0, 1, 2, 3, 4, 5, 6, 7]],
    ['positions', Int32Array.of(0, 1, 2)],
    ['positions[1]', Int32Array.of(0, 8, 2, 3, 4, 5, 6, 7)],
    ['positions[7]', Int32Array.of(0, 1, 2, 3, 4, 5, 6, -1)],
  ];
  test.each(wrong)('names the field %s', (field, value) => {
    const key = field.replace(/\[.*/, '');
    const check = (): void => assertImageDataset({ ...good, [key]: value }, 'data.train');
    expect(check).toThrow(key === 'length' ? 'data.train' : `data.train.${field}`);
    expect(check).toThrow(/takes/);
  });

  test('takes views of any number of pictures, and no part of one', () => {
    const images = good.images.subarray(0, 3 * 90);
    const positions = Int32Array.of(2, 2, 0, 1, 0, 0, 2, 1);
    expect(() => assertImageDataset({ ...good, images, positions })).not.toThrow();
    const cut = { ...good, images: good.images.subarray(0, 3 * 90 + 1), positions };
    expect(() => assertImageDataset(cut)).toThrow(
      'dataset.images: got 271 bytes, takes whole pictures of 90 bytes',
    );
  });

  test.each([undefined, null, 3, 'cifar10'])('refuses %j', (value) => {
    expect(() => assertImageDataset(value)).toThrow('dataset');
  });
});

describe('subset', () => {
  test('picks images, labels and other labels, in the order given', () => {
    const extra = { ...good, coarseLabels: Int32Array.from(good.labels, (l) => l >> 1), note: 'x' };
    const picked = subset(extra, [3, 0, 3]);
    expect(picked.length).toBe(3);
    expect(Array.from(picked.labels)).toEqual([3, 0, 3]);
    expect(Array.from(picked.coarseLabels)).toEqual([1, 0, 1]);
    expect(picked.note).toBe('x');
    expect(imageAt(picked, 1)).toEqual(good.images.subarray(0, 90));
    expect(imageAt(picked, 2)).toEqual(good.images.subarray(270, 360));
    expect(() => imageAt(picked, 3)).toThrow('index: got 3, takes 0..2');
    assertImageDataset(picked);
  });

  test('is a view: of the same pixels, also as a view of a view', () => {
    const first = subset(good, [7, 5, 3, 1]);
    const second = subset(first, [3, 1, 1]);
    assertImageDataset(second);
    expect(first.images).toBe(good.images);
    expect(second.images).toBe(good.images);
    expect(Array.from(second.labels)).toEqual([1, 5, 5].map((i) => good.labels[i]));
    [1, 5, 5].forEach((i, k) => expect(imageAt(second, k)).toEqual(imageAt(good, i)));
  });

  test('compact copies it into an array of its own', () => {
    const view = subset(good, [3, 4, 5, 0]);
    const copy = compact(view);
    assertImageDataset(copy);
    expect(copy.positions).toBeUndefined();
    expect(copy.images).toHaveLength(4 * 90);
    expect(copy.images.subarray(0, 270)).toEqual(good.images.subarray(270, 540));
    expect(copy.images.subarray(270)).toEqual(good.images.subarray(0, 90));
    copy.images.fill(0);
    expect(good.images.some((v) => v > 0)).toBe(true);
  });

  test('gives the batches and the statistics of the copy, bit for bit', () => {
    const view = subset(good, [7, 2, 3, 4, 2]);
    const copy = compact(view);
    const values = (dataset: ImageDataset, augment = {}): number[][] =>
      Array.from(
        batches(dataset, { batchSize: 2, shuffle: true, seed: 4, epoch: 1, augment }),
        ({ images, labels, indices, mirrored }) => {
          const taken = [images.dataSync(), labels.dataSync(), indices, mirrored];
          images.dispose();
          labels.dispose();
          return taken.flatMap((list) => Array.from(list));
        },
      );
    expect(values(view)).toEqual(values(copy));
    const augment = { crop: { padding: 2 }, flip: true, cutout: { size: 2 } };
    expect(values(view, augment)).toEqual(values(copy, augment));
    const one = gatherBatch(view, [4, 0]);
    expect(one.images.dataSync()).toEqual(gatherBatch(copy, [4, 0]).images.dataSync());
    expect(channelStatistics(view)).toEqual(channelStatistics(copy.images, 3));
    expect(fingerprint(view)).toBe(fingerprint(copy));
  });

  test.each([8, -1, 1.5, Number.NaN])('refuses the index %d by place', (index) => {
    expect(() => subset(good, [0, index])).toThrow('indices[1]');
  });
});

describe('stratifiedSplit', () => {
  /** Each image carries its own number in its first pixels, so that it can be followed. */
  function numbered(labels: number[]): ImageDataset {
    const images = new Uint8Array(labels.length * 3);
    labels.forEach((_, i) => images.set([i & 255, i >> 8, 0], i * 3));
    return {
      ...randomDataset(0, { height: 1, width: 1, classes: 5 }),
      images,
      labels: Int32Array.from(labels),
      length: labels.length,
    };
  }
  const numbers = (part: ImageDataset): number[] =>
    Array.from({ length: part.length }, (_, i) => {
      const [low, high] = imageAt(part, i);
      return low! + 256 * high!;
    });

  test('divides the images, keeps their order, and each class its share', () => {
    const anyLabels = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 300 });
    fc.assert(
      fc.property(anyLabels, fc.nat(), fc.maxSafeInteger(), (labels, n, seed) => {
        const data = numbered(labels);
        const count = n % (labels.length + 1);
        const { train, validation } = stratifiedSplit(data, count, seed);
        assertImageDataset(train);
        assertImageDataset(validation);
        expect(validation.length).toBe(count);
        const [a, b] = [numbers(train), numbers(validation)];
        expect(a).toEqual(a.toSorted((x, y) => x - y));
        expect(b).toEqual(b.toSorted((x, y) => x - y));
        expect([...a, ...b].toSorted((x, y) => x - y)).toEqual(labels.map((_, i) => i));
        for (const part of [train, validation]) {
          numbers(part).forEach((i, k) => expect(part.labels[k]).toBe(labels[i]));
        }
        for (let c = 0; c < 5; c++) {
          const whole = labels.filter((l) => l === c).length;
          const held = validation.labels.filter((l) => l === c).length;
          const exact = labels.length === 0 ? 0 : (count * whole) / labels.length;
          expect(Math.abs(held - exact)).toBeLessThan(1);
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  test('the seed decides; each image is as likely to be held out', () => {
    const data = numbered(Array.from({ length: 50 }, (_, i) => i % 5));
    // Of twelve, two classes must give one more than the others.
    const held = (seed: number): number[] => numbers(stratifiedSplit(data, 12, seed).validation);
    expect(held(4)).toEqual(held(4));
    const counts = new Float64Array(50);
    for (let seed = 0; seed < 2_000; seed++) for (const i of held(seed)) counts[i]!++;
    for (const count of counts) expect(Math.abs(count - 480)).toBeLessThan(5 * Math.sqrt(365));
  });

  test('takes memory for indices and labels alone', () => {
    const length = 20_000;
    const whole = {
      ...randomDataset(0, { height: 32, width: 32, classes: 10 }),
      images: new Uint8Array(length * 3072),
      labels: Int32Array.from({ length }, (_, i) => i % 10),
      length,
    };
    const before = process.memoryUsage().arrayBuffers;
    const first = stratifiedSplit(whole, 4_000, 1);
    const second = stratifiedSplit(first.train, 2_000, 2);
    // Nothing of it is freed in between: the shuffled order, what is held, indices, positions and labels.
    const taken = process.memoryUsage().arrayBuffers - before;
    expect(taken).toBeLessThan(2 * 21 * length);
    expect(taken).toBeLessThan(whole.images.length / 50);
    for (const { train, validation } of [first, second]) {
      expect(train.images.buffer).toBe(whole.images.buffer);
      expect(validation.images.buffer).toBe(whole.images.buffer);
    }
  });

  test.each([-1, 9, 2.5])('refuses the count %d', (count) => {
    expect(() => stratifiedSplit(good, count, 0)).toThrow('count');
  });
  test('refuses a seed that is no integer', () => {
    expect(() => stratifiedSplit(good, 1, 0.5)).toThrow('seed');
  });
});

describe('channelStatistics', () => {
  test('is the mean and population deviation of each channel', () => {
    const { mean, std } = channelStatistics(Uint8Array.of(0, 10, 255, 20), 2);
    expect(mean).toEqual([0.5, 15 / 255]);
    expect(std[0]).toBeCloseTo(0.5, 12);
    expect(std[1]).toBeCloseTo(5 / 255, 12);
  });

  test('makes batches of zero mean and unit deviation', () => {
    const { train } = shapes10({ train: 50, validation: 0, test: 0, seed: 9 });
    const { mean, std } = channelStatistics(train.images, 3);
    let sum = 0;
    let squares = 0;
    for (let i = 1; i < train.images.length; i += 3) {
      const z = (train.images[i]! / 255 - mean[1]!) / std[1]!;
      sum += z;
      squares += z * z;
    }
    const n = train.images.length / 3;
    expect(sum / n).toBeCloseTo(0, 8);
    expect(squares / n).toBeCloseTo(1, 8);
  });

  test('refuses no pixels, and channels that do not divide them', () => {
    expect(() => channelStatistics(new Uint8Array(0), 3)).toThrow('images');
    expect(() => channelStatistics(new Uint8Array(4), 3)).toThrow('channels');
    expect(() => channelStatistics([1, 2, 3] as unknown as Uint8Array, 3)).toThrow('images');
    expect(() => channelStatistics(subset(good, []))).toThrow('images');
  });
});
