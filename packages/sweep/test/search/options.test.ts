import { describe, expect, it } from 'vitest';
import { asha } from '../../src/search/asha/asha.ts';
import { randomSearch } from '../../src/search/random-search.ts';
import { searchFrom } from '../../src/search/search-from.ts';
import { choice, integer, logUniform } from '../../src/search/space/ranges.ts';
import { tpe } from '../../src/search/tpe/tpe.ts';
import { refusal } from './refusal.ts';
import { accuracy, work } from './workers.ts';

const ranges = {
  lr: logUniform(1e-4, 1),
  width: integer(1, 8),
  rule: choice(['sgd', { adam: 1 }]),
};
const json = {
  lr: { logUniform: [1e-4, 1] },
  width: { integer: [1, 8] },
  rule: { choice: ['sgd', { adam: 1 }] },
};
const shared = { ranges: json, trials: 20, seed: 0 };
const ofTpe = { startup: 10, candidates: 24, gamma: 0.1, multivariate: false };

describe.each([
  ['randomSearch', randomSearch({ ranges, trials: 20 }), shared],
  [
    'asha',
    asha({ ranges, trials: 20, maxEpochs: 16 }),
    { ...shared, minEpochs: 1, maxEpochs: 16, reduction: 4 },
  ],
  ['tpe', tpe({ ranges, trials: 20 }), { ...shared, ...ofTpe }],
])('%s', (name, search, settings) => {
  it('says its name and settings, every default filled in', () => {
    expect(search.describe()).toEqual({ [name]: settings });
    expect(search.keys).toEqual(['lr', 'width', 'rule']);
    expect(search.trials).toBe(20);
  });

  it('is read from JSON, with defaults and without', () => {
    const course = (each: typeof search) =>
      work(each, { metric: accuracy, slots: 2, value: ({ trial }) => trial.number });
    const stored: unknown = JSON.parse(JSON.stringify(search.describe()));
    const { ranges: read, trials, seed: _seed, ...own } = settings;
    const written = 'maxEpochs' in own ? { maxEpochs: own.maxEpochs } : {};
    for (const form of [stored, { [name]: { ranges: read, trials, ...written } }]) {
      const again = searchFrom(form, 'search');
      expect(again.describe()).toEqual(search.describe());
      expect(course(again)).toEqual(course(search));
    }
  });
});

describe('a search refuses', () => {
  const given = { ranges, trials: 20 };
  it.each<[string, () => unknown]>([
    [
      "randomSearch options: unknown option 'trails', takes ranges, trials, seed",
      () => randomSearch({ ...given, trails: 3 } as never),
    ],
    [
      'randomSearch options: got undefined, takes an object of options',
      () => randomSearch(undefined as never),
    ],
    ['trials: got undefined, takes a whole number from 1', () => randomSearch({ ranges } as never)],
    ['trials: got 0, takes a whole number from 1', () => randomSearch({ ranges, trials: 0 })],
    ['trials: got 2.5, takes a whole number from 1', () => randomSearch({ ranges, trials: 2.5 })],
    ['seed: got 0.5, takes a safe integer', () => randomSearch({ ...given, seed: 0.5 })],
    [
      'ranges: got undefined, takes an object of ranges by key, at least one, such as { learningRate: { logUniform: [0.001, 1] } }',
      () => randomSearch({ trials: 3 } as never),
    ],
    [
      'ranges.lr.uniform[1]: got 0, takes a number above 1',
      () => randomSearch({ ranges: { lr: { uniform: [1, 0] } }, trials: 3 }),
    ],
    [
      'trials: got 17, takes at most 16: the ranges have no more settings, and the same again gives the same run',
      () => randomSearch({ ranges: { width: ranges.width, rule: ranges.rule }, trials: 17 }),
    ],
    ['maxEpochs: got undefined, takes a whole number from 2', () => asha(given as never)],
    ['maxEpochs: got 1, takes a whole number from 2', () => asha({ ...given, maxEpochs: 1 })],
    [
      'minEpochs: got 0, takes a whole number from 1',
      () => asha({ ...given, minEpochs: 0, maxEpochs: 9 }),
    ],
    [
      'reduction: got 1, takes a whole number from 2',
      () => asha({ ...given, reduction: 1, maxEpochs: 9 }),
    ],
    [
      'maxEpochs: got 9, takes at least minEpochs times reduction, 12: below, no training would be cut short',
      () => asha({ ...given, minEpochs: 3, maxEpochs: 9 }),
    ],
    [
      'maxEpochs: got 2, takes at least minEpochs times reduction, 20: below, no training would be cut short',
      () => asha({ ...given, minEpochs: 5, maxEpochs: 2 }),
    ],
    [
      "asha options: unknown option 'epochs', takes ranges, trials, seed, minEpochs, maxEpochs, reduction",
      () => asha({ ...given, epochs: 9 } as never),
    ],
    ['startup: got 0, takes a whole number from 1', () => tpe({ ...given, startup: 0 })],
    [
      'startup: got 10 with 8 trials, takes fewer than trials: all would be drawn at random',
      () => tpe({ ranges, trials: 8 }),
    ],
    ['candidates: got 0, takes a whole number from 1', () => tpe({ ...given, candidates: 0 })],
    ['gamma: got 0, takes a number above 0, up to 1', () => tpe({ ...given, gamma: 0 })],
    ['gamma: got 1.5, takes a number above 0, up to 1', () => tpe({ ...given, gamma: 1.5 })],
    [
      "multivariate: got 'yes', takes true or false",
      () => tpe({ ...given, multivariate: 'yes' as never }),
    ],
  ])('%s', (message, make) => {
    expect(refusal(make)).toBe(message);
  });

  const words = 'an object with one of randomSearch, asha, tpe and its options';
  it.each<[string, unknown]>([
    [`search: got 'asha', takes ${words}`, 'asha'],
    [`search: got null, takes ${words}`, null],
    [`search: got an object with nothing, takes ${words}`, {}],
    [`search: got an object with 'grid', takes ${words}`, { grid: {} }],
    [`search: got an object with 'asha', 'tpe', takes ${words}`, { asha: {}, tpe: {} }],
    ['search.asha: got null, takes an object of options', { asha: null }],
    [
      "search.asha: unknown option 'eta', takes ranges, trials, seed, minEpochs, maxEpochs, reduction",
      { asha: { eta: 3 } },
    ],
    [
      'search.asha.trials: got undefined, takes a whole number from 1',
      { asha: { ranges: json, maxEpochs: 9 } },
    ],
    [
      'search.asha.ranges.lr.logUniform[0]: got 0, takes a number above 0',
      { asha: { ranges: { lr: { logUniform: [0, 1] } } } },
    ],
    [
      'search.asha.maxEpochs: got 3, takes at least minEpochs times reduction, 4: below, no training would be cut short',
      { asha: { ranges: json, trials: 9, maxEpochs: 3 } },
    ],
    [
      'search.tpe.startup: got 10 with 9 trials, takes fewer than trials: all would be drawn at random',
      { tpe: { ranges: json, trials: 9 } },
    ],
    [
      'search.randomSearch.trials: got 9, takes at most 8: the ranges have no more settings, and the same again gives the same run',
      { randomSearch: { ranges: { width: json.width }, trials: 9 } },
    ],
  ])('%s', (message, form) => {
    expect(refusal(() => searchFrom(form, 'search'))).toBe(message);
  });
});
