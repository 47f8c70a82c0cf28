import { createHash } from 'node:crypto';
import { sha256 } from '@mnet/core/files';
import { fingerprint, subset } from '@mnet/data';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { randomDataset } from './helpers/dataset.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe.each(['with node:crypto', 'without it'])('sha256 %s', (where) => {
  test('gives the published digests, however the bytes are cut', () => {
    if (where === 'without it') vi.stubGlobal('process', undefined);
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256(['abc'])).toBe(abc);
    expect(sha256(['a', new Uint8Array(), Uint8Array.of(0x62, 0x63)])).toBe(abc);
    expect(sha256([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 3);
    const whole = createHash('sha256').update(bytes.subarray(5)).digest('hex');
    expect(sha256([bytes.subarray(5, 70), bytes.subarray(70)])).toBe(whole);
  });
});

describe('fingerprint', () => {
  const dataset = randomDataset(12);
  const changed = <T extends Uint8Array | Int32Array>(list: T, at: number, by: number): T => {
    const copy = list.slice() as T;
    copy[at] = (copy[at] as number) ^ by;
    return copy;
  };

  test('is one of what a network sees, not of names or objects', () => {
    const again = { ...randomDataset(12), name: 'another', classes: ['w', 'x', 'y', 'z'] };
    expect(fingerprint(dataset)).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint(again)).toBe(fingerprint(dataset));
    const all = subset(
      dataset,
      Array.from({ length: 12 }, (_, i) => i),
    );
    expect(fingerprint(all)).toBe(fingerprint(dataset));
  });

  test.each([
    ['a pixel', { images: changed(dataset.images, 1000, 1) }],
    ['a label', { labels: changed(dataset.labels, 11, 1) }],
    ['the mean', { mean: [0.5, 0.25, 0.4000001] }],
    ['the deviation', { std: [0.2, 0.3, 0.26] }],
    ['the shape', { shape: [5, 6, 3] as const }],
  ])('tells %s', (_, change) => {
    expect(fingerprint({ ...dataset, ...change })).not.toBe(fingerprint(dataset));
  });

  test('of a view is that of the copy with the same pictures', () => {
    // Runs of neighbours, a jump back and a picture twice.
    const view = subset(dataset, [3, 4, 5, 0, 1, 11, 11, 2]);
    const images = Uint8Array.from(
      [3, 4, 5, 0, 1, 11, 11, 2].flatMap((i) => [...dataset.images.subarray(90 * i, 90 * i + 90)]),
    );
    const { positions: _, ...copy } = { ...view, images };
    expect(fingerprint(copy)).toBe(fingerprint(view));
    expect(fingerprint(subset(dataset, []))).toBe(
      fingerprint({ ...dataset, images: new Uint8Array(), labels: new Int32Array(), length: 0 }),
    );
  });

  test('tells the order of the images', () => {
    const order = [1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    expect(fingerprint(subset(dataset, order))).not.toBe(fingerprint(dataset));
  });

  test('is read once an object', () => {
    const own = { ...dataset, images: dataset.images.slice() };
    const first = fingerprint(own);
    own.images[0] = (own.images[0] as number) ^ 255;
    expect(fingerprint(own)).toBe(first);
  });
});
