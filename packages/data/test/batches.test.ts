import { memory, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  type Augmentation,
  type BatchOptions,
  batchCount,
  batches,
  gatherBatch,
  type ImageDataset,
} from '@mnet/data';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomDataset } from './helpers/dataset.ts';
import { imagesOf, take, takeAll } from './helpers/take.ts';

beforeAll(() => setBackend('cpu'));

/** The normalised value of one pixel, by the formula. */
function normalized(data: ImageDataset, index: number, y: number, x: number, c: number): number {
  const [h, w, channels] = data.shape;
  const value = data.images[((index * h + y) * w + x) * channels + c]!;
  return (value / 255 - data.mean[c]!) / data.std[c]!;
}

/**
 * One augmented image by the definition, pixel by pixel: pad with zeros, cut the window out, mirror.
 * (The library does none of this per pixel, so it serves as the reference.)
 */
function window(
  data: ImageDataset,
  index: number,
  dy: number,
  dx: number,
  flip: boolean,
): number[] {
  const [h, w, channels] = data.shape;
  const values: number[] = [];
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const sy = y + dy;
      const sx = (flip ? w - 1 - x : x) + dx;
      const inside = sy >= 0 && sy < h && sx >= 0 && sx < w;
      for (let c = 0; c < channels; c++) {
        values.push(inside ? Math.fround(normalized(data, index, sy, sx, c)) : 0);
      }
    }
  }
  return values;
}

const data = randomDataset(23);
const size = 6 * 5 * 3;

describe('without augmentation', () => {
  test('gives every image once, in order, normalised', () => {
    const taken = takeAll(data, { batchSize: 8 });
    expect(taken.map(({ shape }) => shape)).toEqual([
      [8, 6, 5, 3],
      [8, 6, 5, 3],
      [7, 6, 5, 3],
    ]);
    expect(taken.flatMap(({ indices }) => indices)).toEqual(
      Array.from({ length: 23 }, (_, i) => i),
    );
    for (const { images, labels, indices } of taken) {
      indices.forEach((index, i) => {
        expect(labels[i]).toBe(data.labels[index]);
        expect(Array.from(images.subarray(i * size, (i + 1) * size))).toEqual(
          window(data, index, 0, 0, false),
        );
      });
    }
  });

  test('holds for any length, batch size, channels, and options', () => {
    fc.assert(
      fc.property(
        fc.record({
          length: fc.integer({ min: 0, max: 40 }),
          channels: fc.constantFrom(1, 3),
          batchSize: fc.integer({ min: 1, max: 50 }),
          shuffle: fc.boolean(),
          dropLast: fc.boolean(),
          startBatch: fc.integer({ min: 0, max: 5 }),
          seed: fc.maxSafeInteger(),
          epoch: fc.nat(),
        }),
        ({ length, channels, ...options }) => {
          const small = randomDataset(length, { height: 2, width: 3, channels });
          const taken = takeAll(small, options);
          expect(taken).toHaveLength(batchCount(small, options));
          const whole = takeAll(small, { ...options, dropLast: false, startBatch: 0 });
          const kept = whole.filter(({ indices }, b) => {
            const full = indices.length === options.batchSize;
            return b >= options.startBatch && (full || !options.dropLast);
          });
          expect(taken).toEqual(kept);
          const seen = whole.flatMap(({ indices }) => indices);
          const ordered = Array.from({ length }, (_, i) => i);
          expect(seen.toSorted((a, b) => a - b)).toEqual(ordered);
          expect(options.shuffle || seen.join() === ordered.join()).toBe(true);
          whole.slice(0, -1).forEach(({ indices }) => {
            expect(indices).toHaveLength(options.batchSize);
          });
        },
      ),
      { seed: 3, numRuns: 150 },
    );
  });

  test('gatherBatch takes the images asked for', () => {
    const { shape, labels, images } = take(gatherBatch(data, [5, 5, 2]));
    expect(shape).toEqual([3, 6, 5, 3]);
    expect(labels).toEqual([1, 1, 2]);
    expect(Array.from(images.subarray(2 * size))).toEqual(window(data, 2, 0, 0, false));
    expect(() => gatherBatch(data, [0, 23])).toThrow('indices[1]');
  });
});

describe('(seed, epoch)', () => {
  const augment = { crop: { padding: 2 }, flip: true, cutout: { size: 2 } };
  const options = { batchSize: 4, shuffle: true, augment, seed: 5, epoch: 2 };

  test('decides order and augmentation', () => {
    const taken = takeAll(data, options);
    expect(takeAll(data, options)).toEqual(taken);
    for (const other of [{ seed: 6 }, { epoch: 3 }]) {
      const changed = takeAll(data, { ...options, ...other });
      expect(changed.map(({ indices }) => indices)).not.toEqual(taken.map((t) => t.indices));
    }
  });

  test('the same iterable can be walked again', () => {
    const iterable = batches(data, options);
    expect(Array.from(iterable, take)).toEqual(Array.from(iterable, take));
  });

  test('an image is augmented alike whatever the order and the batch size', () => {
    const shuffled = imagesOf(data, options);
    const ordered = imagesOf(data, { ...options, shuffle: false, batchSize: 7 });
    for (const [index, values] of shuffled) expect(ordered.get(index)).toEqual(values);
  });

  test('startBatch goes on in the middle of an epoch', () => {
    expect(takeAll(data, { ...options, startBatch: 3 })).toEqual(takeAll(data, options).slice(3));
    expect(takeAll(data, { ...options, startBatch: 99 })).toEqual([]);
  });
});

describe('a view', () => {
  const mirror = (place: number, length: number): number =>
    place < 0 ? -place : place >= length ? 2 * length - 2 - place : place;

  test.each([
    [{}, 0, 0, false],
    [{ mirror: true }, 0, 0, true],
    [{ down: 2, right: -1 }, 2, -1, false],
    [{ mirror: true, down: -5, right: 4 }, -5, 4, true],
  ] as const)('is how all images are looked at, %j', (view, down, right, turned) => {
    const taken = takeAll(data, { batchSize: 9, view });
    for (const { images, indices, mirrored } of taken) {
      expect(new Set(mirrored)).toEqual(new Set([turned ? 1 : 0]));
      indices.forEach((index, i) => {
        const plain = window(data, index, 0, 0, false);
        const expected = plain.map((_, p) => {
          const [y, x] = [Math.floor(p / 15), Math.floor(p / 3) % 5];
          const column = mirror((turned ? 4 - x : x) - right, 5);
          return plain[(mirror(y - down, 6) * 5 + column) * 3 + (p % 3)] as number;
        });
        expect(Array.from(images.subarray(i * size, (i + 1) * size))).toEqual(expected);
      });
    }
    expect(takeAll(data, { batchSize: 9, view: {} })).toEqual(takeAll(data, { batchSize: 9 }));
  });

  test('is smaller than the image, and no augmentation', () => {
    const refused = (options: object, message: string) =>
      expect(() => takeAll(data, { batchSize: 9, ...options })).toThrow(message);
    refused({ view: { down: 6 } }, 'view.down: got 6, takes a whole number from -5 to 5');
    refused({ view: { right: -5 } }, 'view.right: got -5, takes a whole number from -4 to 4');
    refused({ view: { flip: true } }, "view: unknown option 'flip'");
    refused({ view: {}, augment: { flip: true } }, 'view, augment: got both, takes one of them');
  });
});

describe('augmentation', () => {
  const one = randomDataset(1);
  /** A single image under many epochs. */
  function draws(augment: Augmentation, count: number, image = one): number[][] {
    return Array.from({ length: count }, (_, epoch) => {
      const [batch] = takeAll(image, { batchSize: 1, augment, seed: 1, epoch });
      return Array.from(batch!.images);
    });
  }

  test('a crop is a window of the image padded with zeros; every place is as likely', () => {
    const counts = new Map<string, number>();
    for (let dy = -2; dy <= 2; dy++) {
      for (let dx = -2; dx <= 2; dx++) counts.set(window(one, 0, dy, dx, false).join(), 0);
    }
    expect(counts.size).toBe(25);
    for (const image of draws({ crop: { padding: 2 } }, 2_500)) {
      expect(counts.has(image.join())).toBe(true);
      counts.set(image.join(), counts.get(image.join())! + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(50);
  });

  test.each([
    [1, false],
    [3, true],
    [4, true],
  ])('a crop out of the image mirrored at its border, padding %i', (padding, flip) => {
    const augment = { crop: { padding, fill: 'reflect' }, flip } as const;
    const plain = Array.from({ length: 90 }, (_, i) => window(one, 0, 0, 0, false)[i] as number);
    const mirror = (place: number, length: number): number =>
      place < 0 ? -place : place >= length ? 2 * length - 2 - place : place;
    const all = new Set<string>();
    for (let dy = -padding; dy <= padding; dy++) {
      for (let dx = -padding; dx <= padding; dx++) {
        for (const turned of flip ? [false, true] : [false]) {
          const values = plain.map((_, i) => {
            const [y, x] = [Math.floor(i / 15), Math.floor(i / 3) % 5];
            const column = mirror((turned ? 4 - x : x) + dx, 5);
            return plain[(mirror(y + dy, 6) * 5 + column) * 3 + (i % 3)] as number;
          });
          all.add(values.join());
        }
      }
    }
    const seen = draws(augment, 4_000).map((image) => image.join());
    expect(new Set(seen)).toEqual(all);
    // The draws are those of the crop that pads with the mean colour, which agrees where the image is.
    const [mean] = takeAll(data, { batchSize: 23, augment: { crop: { padding }, flip } });
    const [same] = takeAll(data, { batchSize: 23, augment });
    mean?.images.forEach((value, i) => expect([0, same?.images[i]]).toContain(value));
    const most = { crop: { padding: 5, fill: 'reflect' } } as const;
    expect(() => takeAll(one, { batchSize: 1, augment: most })).toThrow(
      'augment.crop.padding: got 5, takes a whole number from 0 to 4',
    );
  });

  test('a flip mirrors left and right, half of the time', () => {
    const plain = window(one, 0, 0, 0, false).join();
    const mirrored = window(one, 0, 0, 0, true).join();
    const images = draws({ flip: true }, 1_000).map((image) => image.join());
    expect(new Set(images)).toEqual(new Set([plain, mirrored]));
    const flips = images.filter((image) => image === mirrored).length;
    expect(Math.abs(flips - 500)).toBeLessThan(5 * Math.sqrt(250));
  });

  test('a batch says which of its images were mirrored', () => {
    const options = { batchSize: 7, shuffle: true, seed: 3, augment: { flip: true } };
    const seen = new Set<number>();
    for (const { images, indices, mirrored } of takeAll(data, options)) {
      expect(mirrored).toHaveLength(indices.length);
      indices.forEach((index, i) => {
        seen.add(mirrored[i]!);
        expect(Array.from(images.subarray(i * size, (i + 1) * size))).toEqual(
          window(data, index, 0, 0, mirrored[i] === 1),
        );
      });
    }
    expect(seen).toEqual(new Set([0, 1]));
    for (const { mirrored } of [
      ...takeAll(data, { batchSize: 9 }),
      ...takeAll(data, { batchSize: 9, augment: { crop: { padding: 2 } } }),
      take(gatherBatch(data, [5, 5, 2])),
    ]) {
      expect(new Set(mirrored)).toEqual(new Set([0]));
    }
  });

  test('with one-hot labels it does too', () => {
    const options = { batchSize: 9, seed: 3, augment: { flip: true } };
    const flips = Array.from(batches(data, { ...options, oneHot: true }), (batch) => {
      batch.images.dispose();
      batch.labels.dispose();
      return Array.from(batch.mirrored);
    });
    expect(flips).toEqual(takeAll(data, options).map(({ mirrored }) => mirrored));
  });

  test.each([1, 2, 3])(
    'crop and flip together, %i channel(s): all windows, mirrored or not',
    (channels) => {
      const image = randomDataset(1, { channels });
      const all = new Set<string>();
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          for (const flip of [false, true]) all.add(window(image, 0, dy, dx, flip).join());
        }
      }
      const seen = draws({ crop: { padding: 1 }, flip: true }, 500, image);
      expect(new Set(seen.map((values) => values.join()))).toEqual(all);
    },
  );

  test('cutout zeroes a square around any pixel, cut at the border', () => {
    const [height, width, side] = [6, 5, 3];
    const counts = new Map<string, number>();
    for (let cy = 0; cy < height; cy++) {
      for (let cx = 0; cx < width; cx++) {
        const image = window(one, 0, 0, 0, false).map((value, i) => {
          const [y, x] = [Math.floor(i / 15) - cy + 1, (Math.floor(i / 3) % 5) - cx + 1];
          return y >= 0 && y < side && x >= 0 && x < side ? 0 : value;
        });
        counts.set(image.join(), 0);
      }
    }
    expect(counts.size).toBe(30);
    for (const image of draws({ cutout: { size: side } }, 3_000)) {
      counts.set(image.join(), counts.get(image.join())! + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(50);
  });

  test('adding cutout leaves crops and flips as they were', () => {
    const base = { crop: { padding: 2 }, flip: true };
    const [a] = takeAll(data, { batchSize: 23, augment: base });
    const [b] = takeAll(data, { batchSize: 23, augment: { ...base, cutout: { size: 2 } } });
    b!.images.forEach((value, i) => expect(value === 0 || value === a!.images[i]).toBe(true));
    expect(b!.images).not.toEqual(a!.images);
  });

  test('sizes of 0 and false change nothing', () => {
    const augment = { crop: { padding: 0 }, flip: false, cutout: { size: 0 } };
    expect(takeAll(data, { batchSize: 9, augment })).toEqual(takeAll(data, { batchSize: 9 }));
  });

  test('padding as wide as the image is still a window', () => {
    const images = draws({ crop: { padding: 5 }, flip: true }, 300);
    for (const image of images) expect(image).toHaveLength(size);
    expect(images.some((image) => image.filter((v) => v !== 0).length < 30)).toBe(true);
  });
});

describe('tensors', () => {
  test('a loop that stops early leaves nothing behind', () => {
    const before = memory().numTensors;
    for (const { images, labels } of batches(data, { batchSize: 4, shuffle: true })) {
      images.dispose();
      labels.dispose();
      break;
    }
    expect(memory().numTensors).toBe(before);
    batches(data, { batchSize: 4 });
    expect(memory().numTensors).toBe(before);
  });

  test('each batch has storage of its own', () => {
    const [a, b] = Array.from(batches(data, { batchSize: 4 })).slice(0, 2);
    const values = a!.images.dataSync().slice();
    b!.images.dataSync().fill(9);
    expect(a!.images.dataSync()).toEqual(values);
  });
});

describe('wrong options are refused by name, before the first batch', () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ batchSize: 0 }, 'batchSize'],
    [{ batchSize: 2.5 }, 'batchSize'],
    [{ batchSize: undefined }, 'batchSize'],
    [{ shuffle: 1 }, 'shuffle'],
    [{ seed: 0.5 }, 'seed'],
    [{ seed: Number.NaN }, 'seed'],
    [{ epoch: -1 }, 'epoch'],
    [{ dropLast: 'no' }, 'dropLast'],
    [{ startBatch: -1 }, 'startBatch'],
    [{ shufle: true }, "unknown option 'shufle'"],
    [{ augment: true }, 'augment'],
    [{ augment: { rotate: 5 } }, "augment: unknown option 'rotate'"],
    [{ augment: { crop: 4 } }, 'augment.crop'],
    [{ augment: { crop: {} } }, 'augment.crop.padding'],
    [{ augment: { crop: { padding: 6 } } }, 'augment.crop.padding'],
    [{ augment: { crop: { pad: 4 } } }, "augment.crop: unknown option 'pad'"],
    [{ augment: { crop: { padding: 1, fill: 'zero' } } }, "augment.crop.fill: got 'zero'"],
    [{ augment: { flip: 0.5 } }, 'augment.flip'],
    [{ augment: { cutout: { size: -1 } } }, 'augment.cutout.size'],
    [{ augment: { cutout: { length: 8 } } }, "augment.cutout: unknown option 'length'"],
  ];
  test.each(wrong)('%j', (options, message) => {
    expect(() => batches(data, { batchSize: 4, ...options })).toThrow(message);
  });

  test('no options at all, and a data set that is none', () => {
    expect(() => batches(data, undefined as unknown as BatchOptions)).toThrow('options');
    const broken = { ...data, labels: Int32Array.from(data.labels, () => 4) };
    expect(() => batches(broken, { batchSize: 4 })).toThrow('dataset.labels[0]');
  });
});
