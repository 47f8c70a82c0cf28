import { memory, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@mnet/core/random';
import { type Augmentation, batches, disposeBatch } from '@mnet/data';
import { beforeAll, describe, expect, test } from 'vitest';
import { drawMix } from '../src/batch/mixing.ts';
import { randomDataset } from './helpers/dataset.ts';
import { take, takeAll } from './helpers/take.ts';

beforeAll(() => setBackend('cpu'));

const [height, width, channels] = [10, 8, 3];
const size = height * width * channels;
const data = randomDataset(24, { height, width, classes: 24 });
const base = { crop: { padding: 2 }, flip: true };
const options = { batchSize: 8, shuffle: true, seed: 4 };

/** The batches of some epochs, mixed and not. */
function both(augment: Augmentation, epochs: number) {
  return Array.from({ length: epochs }, (_, epoch) => {
    const plain = takeAll(data, { ...options, epoch, augment: base });
    const mixed = takeAll(data, { ...options, epoch, augment: { ...base, ...augment } });
    return mixed.map((batch, i) => ({ mixed: batch, plain: plain[i]! }));
  }).flat();
}

/** Where the partner of the batch's i-th image stands; each image is the only one of its class. */
const placeOf = (partner: number, labels: readonly number[]): number => labels.indexOf(partner);

describe('mixup', () => {
  test('blends each image with its partner, and keeps the rest of the batch as it was', () => {
    for (const { mixed, plain } of both({ mixup: { alpha: 1 } }, 4)) {
      const { partners, lambda } = mixed.mix!;
      expect(lambda >= 0.5 && lambda < 1).toBe(true);
      const { labels, indices, mirrored } = plain;
      expect(mixed).toMatchObject({ labels, indices, mirrored });
      expect(new Set(partners)).toEqual(new Set(labels));
      partners.forEach((partner, i) => {
        const other = placeOf(partner, labels) * size;
        for (let k = 0; k < size; k++) {
          const value =
            lambda * plain.images[i * size + k]! + (1 - lambda) * plain.images[other + k]!;
          expect(mixed.images[i * size + k]).toBe(Math.fround(value));
        }
      });
    }
  });

  test('its share is that of Beta(α, α), the larger of both', () => {
    const random = new Random(1);
    const n = 20_000;
    const plan = { mixup: { alpha: 1 }, cutmix: undefined };
    const shares = Array.from({ length: n }, () => drawMix(plan, random, 2, 4, 4)!.lambda);
    // Uniform from 1/2 to 1.
    const mean = shares.reduce((sum, x) => sum + x, 0) / n;
    expect(Math.abs(mean - 0.75)).toBeLessThan(5 * Math.sqrt(1 / 48 / n));
    const small = { mixup: { alpha: 0.1 }, cutmix: undefined };
    const near = Array.from({ length: n }, () => drawMix(small, random, 2, 4, 4)?.lambda ?? 1);
    // The variance of Beta(α, α) is 1 / (4 (2α + 1)).
    const variance = near.reduce((sum, x) => sum + (x - 0.5) ** 2, 0) / n;
    expect(variance).toBeCloseTo(1 / 4.8, 2);
  });

  test('every order of partners is as likely', () => {
    const random = new Random(2);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6_000; i++) {
      const { partners } = drawMix({ mixup: { alpha: 1 }, cutmix: undefined }, random, 3, 4, 4)!;
      counts.set(partners.join(), (counts.get(partners.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

describe('cutmix', () => {
  test('puts a rectangle of one image into the other; λ is the exact share of the area', () => {
    let ofPartners = 0;
    let own = 0;
    for (const { mixed, plain } of both({ cutmix: { alpha: 1 } }, 6)) {
      if (!mixed.mix) {
        expect(mixed).toEqual(plain);
        continue;
      }
      const { partners, lambda } = mixed.mix;
      const boxes = new Set<string>();
      partners.forEach((partner, i) => {
        const other = placeOf(partner, plain.labels);
        if (other === i) return;
        const from: number[] = [];
        for (let pixel = 0; pixel < height * width; pixel++) {
          const at = (of: number, values: Float32Array): string =>
            values.slice(of * size + pixel * channels, of * size + (pixel + 1) * channels).join();
          const got = at(i, mixed.images);
          const fromOwn = got === at(i, plain.images);
          expect(fromOwn || got === at(other, plain.images)).toBe(true);
          // Zeros of both crops tell nothing.
          from.push(at(i, plain.images) === at(other, plain.images) ? Number.NaN : Number(fromOwn));
        }
        boxes.add(from.join());
        const known = from.filter((each) => !Number.isNaN(each));
        const unknown = from.length - known.length;
        const shared = known.filter((each) => each === 1).length;
        expect(lambda * from.length).toBeGreaterThanOrEqual(shared);
        expect(lambda * from.length).toBeLessThanOrEqual(shared + unknown);
        if (unknown === 0) {
          expect(shared).toBeCloseTo(lambda * from.length, 9);
          if (from[0] === 1 && from.at(-1) === 1) ofPartners += 1;
          if (from[0] === 0 && from.at(-1) === 0) own += 1;
        }
      });
      expect(lambda >= 0.5 && lambda < 1).toBe(true);
    }
    // The rectangle is the partner's where it is the smaller part, and the image's own where it is the larger one.
    expect(ofPartners).toBeGreaterThan(0);
    expect(own).toBeGreaterThan(0);
  });

  test('the rectangle lies where it is said, of all sizes', () => {
    const random = new Random(3);
    const n = 10_000;
    const draws = Array.from({ length: n }, () => {
      return drawMix({ mixup: undefined, cutmix: { alpha: 1, probability: 1 } }, random, 2, 64, 64);
    });
    let large = 0;
    for (const draw of draws) {
      if (!draw) continue;
      const { box, ofPartner } = draw.cut!;
      const share = ((box.y1 - box.y0) * (box.x1 - box.x0)) / 64 ** 2;
      expect(draw.lambda).toBe(Math.max(share, 1 - share));
      expect(ofPartner).toBe(share <= 0.5);
      large += Number(share > 0.5);
      expect(box.y0 >= 0 && box.y1 <= 64 && box.x0 >= 0 && box.x1 <= 64).toBe(true);
    }
    // Without the border it were a half; a rectangle of most of the image is nearly always cut by it.
    expect(large / n).toBeGreaterThan(0.05);
    expect(large / n).toBeLessThan(0.5);
    // A rectangle of no pixel is no mixture: of those sides below 2 of 64, (2/64)² of all.
    expect(draws.filter((draw) => draw === undefined).length).toBeLessThan(n / 100);
  });

  test('probability says how many batches are mixed', () => {
    const random = new Random(4);
    const plan = { mixup: undefined, cutmix: { alpha: 1, probability: 0.3 } };
    const mixed = Array.from({ length: 5_000 }, () => drawMix(plan, random, 2, 64, 64)).filter(
      Boolean,
    );
    expect(Math.abs(mixed.length - 1_500)).toBeLessThan(5 * Math.sqrt(5_000 * 0.21) + 10);
    const never = { cutmix: { alpha: 1, probability: 0 } };
    for (const { mixed: batch, plain } of both(never, 1)) expect(batch).toEqual(plain);
  });
});

test('with both, each batch has one of them, half of the time', () => {
  const random = new Random(5);
  const plan = { mixup: { alpha: 1 }, cutmix: { alpha: 1, probability: 1 } };
  const draws = Array.from({ length: 4_000 }, () => drawMix(plan, random, 2, 64, 64));
  const blended = draws.filter((draw) => draw && draw.cut === undefined).length;
  expect(Math.abs(blended - 2_000)).toBeLessThan(5 * Math.sqrt(1_000));
});

describe('labels', () => {
  test('one-hot rows have the share of each class', () => {
    const augment = { mixup: { alpha: 1 } };
    const plain = takeAll(data, { ...options, augment });
    let b = 0;
    for (const batch of batches(data, { ...options, augment, oneHot: true })) {
      expect(batch.mix).toBeUndefined();
      const { labels, mix } = plain[b++]!;
      const rows = batch.labels.arraySync();
      disposeBatch(batch);
      rows.forEach((row, i) => {
        const expected = Array.from({ length: 24 }, () => 0);
        expected[labels[i]!]! += mix!.lambda;
        expected[mix!.partners[i]!]! += 1 - mix!.lambda;
        row.forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 6));
      });
    }
    expect(b).toBe(3);
  });

  test('what a batch holds is freed with it', () => {
    const before = memory().numTensors;
    for (const oneHot of [false, true] as const) {
      const augment = { mixup: { alpha: 1 } };
      const walk = oneHot
        ? batches(data, { ...options, augment, oneHot })
        : batches(data, { ...options, augment });
      for (const batch of walk) disposeBatch(batch);
    }
    expect(memory().numTensors).toBe(before);
  });

  test('without mixing a batch has no mix', () => {
    for (const batch of batches(data, options)) expect('mix' in take({ ...batch })).toBe(false);
  });
});
