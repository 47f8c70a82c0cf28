import { describe, expect, it } from 'vitest';
import {
  actionFigures,
  type AnyResult,
  compareResults,
  compareWithFirst,
  figureTables,
  historyEntry,
  parseResults,
  renderBenchReport,
  resultFile,
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

const made = { width: 1, size: 32, classes: 10, strides: 'paper' };
const latency = (more: Parameters<typeof timeResult>[1] = {}) =>
  timeResult([[1.31]], { ...made, ...more });

/** Pairs of equal figures that differ in one thing alone, and what tells the names of figures apart. */
const pairs: [string, AnyResult, AnyResult, RegExp, RegExp][] = [
  ['pixels', latency(), latency({ size: 224 }), /_v2, infer/, /, 224×224\b/],
  ['classes', latency(), latency({ classes: 100 }), /_v2, infer/, /, 100 classes/],
  ['strides', latency(), latency({ strides: [1, null, 2] }), /_v2, infer/, /, strides 1 – 2/],
  ['deployment', latency(), latency({ deploy: false }), /batch 1$/, /, as trained$/],
  [
    'recording',
    latency({ mode: 'train' }),
    latency({ mode: 'train', capture: false }),
    /batch 1$/,
    /, not recorded$/,
  ],
  ['threads of memory', memoryResult({ threads: 1 }), memoryResult(), /, 1 thread/, /, 2 threads/],
  [
    'pixels of memory',
    memoryResult({ size: 32 }),
    memoryResult({ size: 224 }),
    /_v2, train/,
    /, 224×224/,
  ],
  [
    'classes of sizes',
    sizeResult(made),
    sizeResult({ ...made, classes: 100 }),
    /_v2: size/,
    /, 100 c/,
  ],
  ['mirror images', accuracyResult(), accuracyResult({ mirror: true }), /test: /, /, with mirror/],
  [
    'shifts',
    accuracyResult({ shift: 0 }),
    accuracyResult({ shift: 2 }),
    /test: /,
    /, shifted by 2/,
  ],
  ['pixels of costs', costResult(made), costResult({ ...made, size: 64 }), /_v2: /, /, 64×64/],
];

/** The figures above as bars show them. */
const barTexts: Readonly<Partial<Record<AnyResult['kind'], RegExp>>> = {
  time: /1\.31 ms/g,
  memory: /128 MiB/g,
  size: /8\.58 MiB/g,
};

describe.each(pairs)('results of different %s', (_, one, other, ofOne, ofOther) => {
  const both = [one, other];

  it('have names of their own', () => {
    const names = actionFigures(both).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const [first, second] = [names[0], names[names.length / 2]];
    expect(first).toMatch(ofOne);
    expect(second).toMatch(ofOther);
    expect(first).not.toMatch(ofOther);
    const { figures } = historyEntry(both, { commit: 'abcdef0' });
    expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
  });

  it('have figures of the same names alone', () => {
    const history = (results: readonly AnyResult[]) =>
      historyEntry(results, { commit: 'abcdef0' }).figures;
    for (const figures of [history, actionFigures]) {
      expect(figures(both)).toEqual([...figures([one]), ...figures([other])]);
    }
  });

  it('have rows of their own, with a column for what tells them apart', () => {
    const rows = figureTables(both).flatMap((table) => table.rows.map(String));
    expect([rows.length, new Set(rows).size]).toEqual([2, 2]);
  });

  it('are the same measure to no comparison, unless they are alone', () => {
    const { comparisons } = compareResults(both, [other, one]);
    for (const { name, change, unit } of comparisons) {
      expect([name.includes(' → '), change]).toEqual([false, unit === 'share' ? 0 : 1]);
    }
    const [before, after] = (compareWithFirst(both)[0]?.name ?? '').split(' → ');
    expect(before).not.toBe(after);
  });
});

it.each(pairs.filter(([, { kind }]) => kind in barTexts))(
  'bars show both of different %s',
  (_, one, other) => {
    const [charts = ''] = renderBenchReport([one, other]).split('All figures');
    expect(charts.match(barTexts[one.kind] as RegExp)).toHaveLength(2);
  },
);

describe('results that do not say how they were made or measured', () => {
  it('are those of earlier versions, whose ways were as a rule the default', () => {
    const [time] = oneOfEach;
    const earlier = JSON.stringify(resultFile([time as AnyResult]));
    const [read] = parseResults(earlier, 'x') as [AnyResult];
    expect(read).toEqual(time);
    expect(titleOf(read)).toBe('mobilenet_v2, infer, mnet, 2 threads, batch 1');
    const now = [timeResult([[2]], { deploy: true }), timeResult([[3]], { deploy: false })];
    const found = compareResults([read], now);
    expect(found.comparisons.map(({ name }) => name)).toEqual([titleOf(read)]);
    expect(found.onlyAfter).toEqual([`${titleOf(read)}, as trained`]);
  });

  it('are told from those that do, and need no words beside other networks', () => {
    const names = (...results: AnyResult[]) => compareResults(results, []).onlyBefore;
    expect(names(latency(), timeResult([[2]]))).toEqual([
      'mobilenet_v2, 32×32, 10 classes, strides paper, infer, mnet, 2 threads, batch 1',
      'mobilenet_v2, infer, mnet, 2 threads, batch 1',
    ]);
    expect(names(latency(), timeResult([[2]], { model: 'runs/a' }))).toEqual([
      'mobilenet_v2, infer, mnet, 2 threads, batch 1',
      'runs/a, infer, mnet, 2 threads, batch 1',
    ]);
  });

  it('go on in the figures of those that are made as usual', () => {
    const [said, unsaid] = actionFigures([latency(), timeResult([[2]])]);
    expect(unsaid?.name).toBe(said?.name);
  });
});

describe('files of results', () => {
  it('hold how it was measured, and refuse what is none', () => {
    const ways = [
      timeResult([[1]], { deploy: false }),
      memoryResult({ capture: false }),
      accuracyResult({ mirror: true, shift: 2 }),
    ];
    expect(parseResults(JSON.stringify(resultFile(ways)), 'x')).toEqual(ways);
    for (const [key, result] of [
      ['deploy', timeResult([[1]], { deploy: 1 } as never)],
      ['capture', memoryResult({ capture: 'no' } as never)],
      ['mirror', accuracyResult({ mirror: 2 } as never)],
      ['shift', accuracyResult({ shift: -1 })],
    ] as const) {
      expect(() => parseResults(JSON.stringify(resultFile([result])), 'x')).toThrow(
        `x: ${key}: got`,
      );
    }
  });
});

describe('the plots of accuracy', () => {
  it('name the data and the views where they differ', () => {
    const page = renderBenchReport([
      accuracyResult(),
      accuracyResult({ part: 'validation' }),
      accuracyResult({ mirror: true }),
    ]);
    for (const name of ['test', 'validation', 'test, with mirror images']) {
      expect(page).toContain(`>mobilenet_v2, shapes10, ${name}<`);
    }
  });

  it('take the latency of the network that the accuracy is of', () => {
    const title = 'Accuracy against latency';
    const of = (more: object) => [accuracyResult(more), accuracyResult({ model: 'b', ...more })];
    const times = [32, 224].flatMap((size) => [latency({ size }), latency({ size, model: 'b' })]);
    expect(renderBenchReport([...of({ ...made, size: 224 }), ...times])).toContain(title);
    // Of which of the two it is nobody knows.
    expect(renderBenchReport([...of({}), ...times])).not.toContain(title);
  });
});
