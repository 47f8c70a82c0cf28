import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@mnet/core/random';
import { type Augmentation, batches, type ImageDataset } from '@mnet/data';
import { beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../src/batch/operations/operations.ts';
import { drawOperation } from '../src/batch/operations/space.ts';
import { randAugmentSpace } from '../src/batch/rand-augment.ts';
import { drawErasing } from '../src/batch/random-erasing.ts';
import { trivialAugmentSpace } from '../src/batch/trivial-augment.ts';
import { randomDataset } from './helpers/dataset.ts';
import { imagesOf, takeAll } from './helpers/take.ts';

beforeAll(() => setBackend('cpu'));

const data = randomDataset(40, { height: 9, width: 8 });
const base = { crop: { padding: 2 }, flip: true, cutout: { size: 2 } };

const all: [string, Augmentation][] = [
  ['randomErasing', { randomErasing: { probability: 0.9 } }],
  ['alternating flip', { flip: 'alternate' }],
  ['randAugment', { randAugment: {} }],
  ['trivialAugment', { trivialAugment: true }],
  ['mixup', { mixup: { alpha: 0.4 } }],
  ['cutmix', { cutmix: { alpha: 1 } }],
  [
    'all together',
    { ...base, randomErasing: {}, randAugment: {}, mixup: { alpha: 1 }, cutmix: { alpha: 1 } },
  ],
];

describe.each(all)('%s', (_name, augment) => {
  const options = { batchSize: 6, shuffle: true, augment, seed: 3, epoch: 1 };

  test('is decided by seed and epoch', () => {
    const taken = takeAll(data, options);
    expect(takeAll(data, options)).toEqual(taken);
    const plain = imagesOf(data, { ...options, augment: {} });
    expect(imagesOf(data, options)).not.toEqual(plain);
    for (const other of [{ seed: 4 }, { epoch: 2 }]) {
      expect(imagesOf(data, { ...options, ...other })).not.toEqual(imagesOf(data, options));
    }
  });

  test('goes on in the middle of an epoch with the same batches', () => {
    expect(takeAll(data, { ...options, startBatch: 4 })).toEqual(takeAll(data, options).slice(4));
  });
});

test.each(all.slice(0, 4))('%s of an image depends on no other', (_name, augment) => {
  const options = { batchSize: 6, shuffle: true, augment, seed: 3, epoch: 1 };
  const other = imagesOf(data, { ...options, shuffle: false, batchSize: 11 });
  for (const [index, values] of imagesOf(data, options)) expect(other.get(index)).toEqual(values);
});

describe('random erasing', () => {
  const defaults = { probability: 0.5, area: [0.02, 0.33], aspect: [0.3, 3.3] } as const;

  test('draws rectangles as often, as large and of such forms as it should', () => {
    const random = new Random(1);
    const n = 20_000;
    const drawn = Array.from({ length: n }, () => drawErasing(defaults, random, 200, 200));
    const boxes = drawn.filter((box) => box !== undefined);
    // Of ten attempts, one always fits.
    expect(Math.abs(boxes.length - n / 2)).toBeLessThan(5 * Math.sqrt(n / 4));
    const sizes = boxes.map(({ y0, y1, x0, x1 }) => [y1 - y0, x1 - x0] as const);
    const mean = (values: number[]): number =>
      values.reduce((sum, x) => sum + x, 0) / values.length;
    const areas = sizes.map(([tall, wide]) => (tall * wide) / 200 ** 2);
    expect(Math.min(...areas)).toBeGreaterThan(0.018);
    expect(Math.max(...areas)).toBeLessThan(0.34);
    const forms = sizes.map(([tall, wide]) => Math.log(tall / wide));
    expect(Math.min(...forms)).toBeGreaterThan(Math.log(0.3) - 0.05);
    expect(Math.max(...forms)).toBeLessThan(Math.log(3.3) + 0.05);
    // The few that do not fit, long and large, move the means a little.
    expect(mean(areas)).toBeCloseTo(0.175, 2);
    expect(mean(forms)).toBeCloseTo((Math.log(0.3) + Math.log(3.3)) / 2, 1);
    // Where each begins is uniform over the places where it fits.
    const places = boxes.map(({ y0 }, i) => y0 / (200 - sizes[i]![0]));
    expect(Math.abs(mean(places) - 0.5)).toBeLessThan(5 / Math.sqrt(12 * boxes.length));
    expect(Math.min(...places)).toBe(0);
    expect(Math.max(...places)).toBe(1);
  });

  test('sets a rectangle to zero, and leaves the rest, crops and flips as they were', () => {
    const options = { batchSize: 8, seed: 5 };
    const before = imagesOf(data, { ...options, augment: base });
    const randomErasing = { probability: 1, area: [0.2, 0.2], aspect: [1, 1] } as const;
    const after = imagesOf(data, { ...options, augment: { ...base, randomErasing } });
    for (const [index, values] of after) {
      const erased = drawErasing(randomErasing, new Random(5, 0, 4, index), 9, 8)!;
      // A fifth of 72 pixels is a square of 3.8.
      expect([erased.y1 - erased.y0, erased.x1 - erased.x0]).toEqual([4, 4]);
      const expected = before.get(index)!.map((value, i) => {
        const [y, x] = [Math.floor(i / 24), Math.floor(i / 3) % 8];
        const inside = y >= erased.y0 && y < erased.y1 && x >= erased.x0 && x < erased.x1;
        return inside ? 0 : value;
      });
      expect(values).toEqual(expected);
    }
  });

  test('of probability 0 changes nothing', () => {
    const augment = { randomErasing: { probability: 0 } };
    expect(takeAll(data, { batchSize: 9, augment })).toEqual(takeAll(data, { batchSize: 9 }));
  });

  test('a rectangle that never fits is none', () => {
    const whole = { probability: 1, area: [1, 1], aspect: [1, 1] } as const;
    expect(drawErasing(whole, new Random(1), 4, 4)).toBeUndefined();
  });
});

describe('alternating flip', () => {
  const many = randomDataset(1_000, { height: 1, width: 2, channels: 1 });
  const mirrored = (dataset: ImageDataset, flip: boolean | 'alternate', epoch: number): number[] =>
    takeAll(dataset, { batchSize: 1_000, seed: 2, epoch, augment: { flip } }).flatMap(
      (batch) => batch.mirrored,
    );

  test('mirrors a half in the first epoch, as flip does, the other in the next, and so on', () => {
    const first = mirrored(many, 'alternate', 0);
    const half = first.filter((each) => each === 1).length;
    expect(Math.abs(half - 500)).toBeLessThan(5 * Math.sqrt(250));
    expect(first).toEqual(mirrored(many, true, 0));
    const other = first.map((each) => 1 - each);
    for (const epoch of [1, 3, 7]) expect(mirrored(many, 'alternate', epoch)).toEqual(other);
    for (const epoch of [2, 4]) expect(mirrored(many, 'alternate', epoch)).toEqual(first);
  });

  test('the pixels are as the batch says, and crops as with flip', () => {
    const augment = { flip: 'alternate', crop: { padding: 2 } } as const;
    const turned = (values: number[]): number[] =>
      values.map((_, i) => {
        const [y, x, c] = [Math.floor(i / 24), Math.floor(i / 3) % 8, i % 3];
        return values[y * 24 + (7 - x) * 3 + c]!;
      });
    const options = { batchSize: 40, seed: 2, epoch: 1 };
    const plain = imagesOf(data, options);
    const [batch] = takeAll(data, { ...options, augment: { flip: 'alternate' } });
    const seen = imagesOf(data, { ...options, augment: { flip: 'alternate' } });
    expect(new Set(batch!.mirrored)).toEqual(new Set([0, 1]));
    batch!.indices.forEach((index, i) => {
      const values = plain.get(index)!;
      expect(seen.get(index)).toEqual(batch!.mirrored[i] === 1 ? turned(values) : values);
    });
    const unturned = imagesOf(data, { ...options, augment: { crop: { padding: 2 } } });
    const flipped = takeAll(data, { ...options, augment: { ...augment, flip: true } })[0]!;
    const alternating = takeAll(data, { ...options, augment })[0]!;
    const agree = flipped.indices.filter((_, i) => flipped.mirrored[i] === alternating.mirrored[i]);
    const of = (flip: boolean | 'alternate') =>
      imagesOf(data, { ...options, augment: { ...augment, flip } });
    expect(agree.length).toBeGreaterThan(5);
    for (const index of agree) expect(of('alternate').get(index)).toEqual(of(true).get(index));
    alternating.indices.forEach((index, i) => {
      if (alternating.mirrored[i] === 0) {
        expect(of('alternate').get(index)).toEqual(unturned.get(index));
      }
    });
  });
});

describe.each([
  ['randAugment', { randAugment: { operations: 3, magnitude: 12 } }, randAugmentSpace(9, 8), 3, 12],
  ['trivialAugment', { trivialAugment: true }, trivialAugmentSpace(), 1, undefined],
] as const)('%s', (_name, augment, space, count, level) => {
  /** The data set with each picture changed as drawn. */
  function changed(dataset: ImageDataset, seed: number): ImageDataset {
    const size = dataset.images.length / dataset.length;
    const images = new Uint8Array(dataset.images.length);
    for (let index = 0; index < dataset.length; index++) {
      const random = new Random(seed, 0, 3, index);
      let picture = dataset.images.slice(index * size, (index + 1) * size);
      for (let i = 0; i < count; i++) {
        const { name, magnitude } = drawOperation(space, level, random);
        const out = new Uint8Array(size);
        operations[name](magnitude)(picture, dataset.shape, out);
        picture = out;
      }
      images.set(picture, index * size);
    }
    return { ...dataset, images };
  }

  test.each([1, 3])(
    'of %i channels changes the bytes, and then crops and mirrors as ever',
    (channels) => {
      const pictures = randomDataset(40, { height: 9, width: 8, channels });
      const options = { batchSize: 7, seed: 6 };
      const expected = takeAll(changed(pictures, 6), { ...options, augment: base });
      expect(takeAll(pictures, { ...options, augment: { ...base, ...augment } })).toEqual(expected);
      expect(takeAll(pictures, { ...options, augment: base })).not.toEqual(expected);
    },
  );

  test('leaves the data set as it is', () => {
    const before = data.images.slice();
    takeAll(data, { batchSize: 7, augment });
    expect(data.images).toEqual(before);
  });
});

describe('wrong options are refused by name', () => {
  const wrong: [Record<string, unknown>, string][] = [
    [
      { flip: 'sometimes' },
      "augment.flip: got 'sometimes', takes true or false, or one of 'alternate'",
    ],
    [{ randomErasing: true }, 'augment.randomErasing'],
    [{ randomErasing: { probability: 2 } }, 'augment.randomErasing.probability'],
    [
      { randomErasing: { area: [0.4, 0.2] } },
      'augment.randomErasing.area: got [0.4, 0.2], takes [min, max]',
    ],
    [{ randomErasing: { area: 0.2 } }, 'augment.randomErasing.area: got 0.2, takes [min, max]'],
    [{ randomErasing: { area: [0, 1.5] } }, 'augment.randomErasing.area[1]: got 1.5'],
    [{ randomErasing: { aspect: [0, 1] } }, 'augment.randomErasing.aspect[0]: got 0'],
    [{ randAugment: { operations: 0 } }, 'augment.randAugment.operations'],
    [{ randAugment: { magnitude: 31 } }, 'augment.randAugment.magnitude'],
    [
      { randAugment: {}, trivialAugment: true },
      'augment.randAugment, augment.trivialAugment: got both, takes one of them',
    ],
    [{ mixup: {} }, 'augment.mixup.alpha'],
    [{ mixup: { alpha: 0 } }, 'augment.mixup.alpha'],
    [{ cutmix: { alpha: 1, probability: -1 } }, 'augment.cutmix.probability'],
  ];
  test.each(wrong)('%j', (augment, message) => {
    expect(() => batches(data, { batchSize: 4, augment })).toThrow(message);
  });

  test.each([['randAugment', {}] as const, ['trivialAugment', true] as const])(
    '%s of images of two channels',
    (key, value) => {
      const pairs = randomDataset(3, { channels: 2 });
      expect(() => batches(pairs, { batchSize: 4, augment: { [key]: value } })).toThrow(
        `augment.${key}: got images of 2 channels, takes 1 or 3`,
      );
    },
  );
});
