import {
  cifar10Classes,
  cifar10Source,
  cifar100CoarseClasses,
  cifar100CoarseOfFine,
  cifar100FineClasses,
  cifar100Source,
} from '@mnet/data-cifar';
import { expect, test } from 'vitest';

test('ten classes, a hundred classes, twenty superclasses of five', () => {
  expect(cifar10Classes).toHaveLength(10);
  expect(new Set(cifar100FineClasses).size).toBe(100);
  expect(new Set(cifar100CoarseClasses).size).toBe(20);
  expect(cifar100CoarseOfFine).toHaveLength(100);
  for (let c = 0; c < 20; c++) {
    expect(cifar100CoarseOfFine.filter((coarse) => coarse === c)).toHaveLength(5);
  }
});

test('labels as in the archives', () => {
  // First and last names of the archives' name files; apple is a fruit, aquarium_fish a fish, and so on.
  expect([cifar10Classes[0], cifar10Classes[9]]).toEqual(['airplane', 'truck']);
  expect([cifar100FineClasses[0], cifar100FineClasses[99]]).toEqual(['apple', 'worm']);
  expect([cifar100CoarseClasses[0], cifar100CoarseClasses[19]]).toEqual([
    'aquatic_mammals',
    'vehicles_2',
  ]);
  expect(cifar100CoarseOfFine.slice(0, 5)).toEqual([4, 1, 14, 8, 0]);
});

test('the sources describe the published archives', () => {
  for (const source of [cifar10Source, cifar100Source]) {
    const images = (part: 'train' | 'test'): number =>
      source[part].reduce((sum, { records }) => sum + records, 0);
    expect([images('train'), images('test')]).toEqual([50_000, 10_000]);
    const fine = source.labels.find(({ kind }) => kind === 'fine')!.classes.length;
    expect(source.perClass!.train * fine).toBe(50_000);
    expect(source.perClass!.test * fine).toBe(10_000);
    expect(source.md5).toMatch(/^[0-9a-f]{32}$/);
    expect(source.url).toBe(`https://www.cs.toronto.edu/~kriz/${source.archive}`);
  }
});
