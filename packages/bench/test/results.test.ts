import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  actionFigures,
  benchMarkdown,
  parseResults,
  readResults,
  renderBenchReport,
  resultFile,
  writeBenchReport,
  writeResults,
} from '@mnet/bench';
import {
  accuracyResult,
  memoryResult,
  oneOfEach,
  sizeResult,
  timeResult,
} from './sample-results.ts';

const text = (value: unknown): string => JSON.stringify(value);
const single = resultFile([timeResult([[1]])]) as Record<string, unknown>;

describe('files of results', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'mnet-results-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('give back what was written: one as it is, several in a list', async () => {
    const [time] = oneOfEach;
    await writeResults(join(dir, 'one.json'), [time as (typeof oneOfEach)[0]]);
    await writeResults(join(dir, 'all.json'), oneOfEach);
    expect(await readResults(join(dir, 'one.json'))).toEqual([time]);
    expect(await readResults(join(dir, 'all.json'))).toEqual(oneOfEach);
    const one = JSON.parse(readFileSync(join(dir, 'one.json'), 'utf8')) as object;
    expect(one).toMatchObject({ format: 'mnet-bench', version: 1, medianMs: 1.1 });
    await expect(writeResults(join(dir, 'none.json'), [])).rejects.toThrow('results: got none');
  });

  it('leave out what a later version may have more', () => {
    const [time] = oneOfEach;
    const more = { ...single, later: { a: 1 }, __proto__: null };
    expect(Object.keys(parseResults(text(more), 'x')[0] ?? {})).not.toContain('later');
    const wide = { ...single, environment: { ...time?.environment, gpu: 'none' } };
    expect(parseResults(text(wide), 'x')[0]?.environment).toEqual(time?.environment);
  });

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{"format":', /^f\.json: it is no JSON/],
    ['a list', [], /^f\.json: got \[\], takes an object that mnet bench has written/],
    ['null', null, /^f\.json: got null/],
    [
      'a foreign file',
      { name: 'x', unit: 'ms', value: 1 },
      /^f\.json: format: got undefined, takes 'mnet-bench'/,
    ],
    ['another version', { ...single, version: 2 }, /^f\.json: version: got 2, takes 1/],
    [
      'no results',
      { format: 'mnet-bench', version: 1, results: [] },
      /^f\.json: results: got \[\]/,
    ],
    [
      'an unknown kind',
      { ...single, kind: '__proto__' },
      /^f\.json: kind: got '__proto__', takes one of/,
    ],
    [
      'a missing field',
      { ...single, medianMs: undefined },
      /^f\.json: medianMs: got undefined, takes/,
    ],
    ['a text for a number', { ...single, medianMs: '1' }, /^f\.json: medianMs: got '1'/],
    ['a time of 0', { ...single, medianMs: 0 }, /^f\.json: medianMs: got 0/],
    ['no rounds', { ...single, roundsMs: [] }, /^f\.json: roundsMs: got none/],
    ['no runs', { ...single, roundsMs: [[]] }, /^f\.json: roundsMs\[0\]: got none/],
    [
      'a mode',
      { ...single, mode: 'guess' },
      /^f\.json: mode: got 'guess', takes one of 'infer', 'train'/,
    ],
    ['a date', { ...single, date: 'soon' }, /^f\.json: date: got 'soon', takes a date/],
    [
      'an environment',
      { ...single, environment: [] },
      /^f\.json: environment: got \[\], takes an object/,
    ],
    ['a processor', { ...single, environment: { cpu: 3 } }, /^f\.json: environment\./],
    [
      'one of several',
      { format: 'mnet-bench', version: 1, results: [single, 3] },
      /^f\.json: results\[1\]: got 3, takes an object/,
    ],
    [
      'a share',
      { format: 'mnet-bench', version: 1, results: [accuracyResult({ accuracy: 80 })] },
      /^f\.json: results\[0\]\.accuracy: got 80, takes a number from 0 to 1/,
    ],
    [
      'files',
      { format: 'mnet-bench', version: 1, ...sizeResult({ files: {} as never }) },
      /^f\.json: files\.float32: got undefined/,
    ],
  ])('refuse %s by name', (_, value, message) => {
    expect(() => parseResults(typeof value === 'string' ? value : text(value), 'f.json')).toThrow(
      message,
    );
  });

  it('refuse whatever else by name, and give no other error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(single)), (value, key) => {
        const content = text({ ...single, [key]: value });
        try {
          parseResults(content, 'f.json');
        } catch (error) {
          expect((error as Error).message).toMatch(/^f\.json: /);
        }
      }),
    );
  });

  it('refuse a file that is too large, and name one that is missing', async () => {
    const path = join(dir, 'large.json');
    writeFileSync(path, '');
    await expect(readResults(path)).rejects.toThrow(`${path}: it is no JSON`);
    await expect(readResults(join(dir, 'no.json'))).rejects.toThrow('no.json');
  });
});

const evil = '</style><script>alert(1)</script>"\'&|`x` [a](javascript:b) *c*\n# d';

describe('Markdown', () => {
  it('has a table a kind, with every figure', () => {
    const written = benchMarkdown(oneOfEach);
    expect(written.match(/^### .*/gm)).toEqual([
      '### Times',
      '### Memory',
      '### Size on disk',
      '### Accuracy',
      '### Cost',
    ]);
    expect(written).toContain('| mobilenet_v2 | infer | mnet | 2 | 1 | 1.1 ms | 9.1% |');
    expect(written).toContain('| mobilenet_v2 | shapes10, test | 1,000 | 80.00% |');
    expect(written).toContain('Processor 9, 2 cores, 16 GiB');
    for (const table of written.split('\n\n').filter((part) => part.startsWith('|'))) {
      const widths = table
        .trim()
        .split('\n')
        .map((line) => line.split(' | ').length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  it('takes no text for markup', () => {
    const written = benchMarkdown([timeResult([[1]], { model: evil, on: evil })]);
    expect(written).not.toMatch(/<script|\]\(|`|\*c\*/);
    expect(written.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(3);
    expect(written).not.toMatch(/^# d/m);
  });
});

describe('github-action-benchmark', () => {
  it('gets figures of which less is better, with their range', () => {
    const figures = actionFigures([
      timeResult([[1], [1.1], [1.2]]),
      memoryResult(),
      sizeResult(),
      accuracyResult(),
    ]);
    expect(figures[0]).toMatchObject({
      name: 'mobilenet_v2, infer, mnet, 2 threads, batch 1',
      unit: 'ms',
      value: 1.1,
      range: '± 9.1%',
    });
    expect(figures.map(({ unit }) => unit)).toEqual([
      'ms',
      ...Array.from({ length: 7 }, () => 'bytes'),
      '%',
    ]);
    expect(figures.at(-1)?.value).toBe(20);
    expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
  });
});

describe('the page', () => {
  const many = [
    ...[1, 8, 32].flatMap((batch) =>
      [1, 2].map((threads) => timeResult([[batch / threads]], { batch, threads })),
    ),
    ...[1, 8].map((batch) =>
      timeResult([[9 * batch]], { batch, threads: null, backend: 'wasm', on: 'wasm' }),
    ),
    timeResult([[700]], { mode: 'train', batch: 128, model: 'runs/pets/model', width: null }),
    accuracyResult(),
    accuracyResult({
      model: 'runs/pets/model',
      width: null,
      accuracy: 0.7,
      macs: 3e6,
      params: 1e6,
    }),
    memoryResult(),
    sizeResult(),
  ];

  it('shows times, scaling, accuracy against cost, memory and sizes', () => {
    const page = renderBenchReport(many, { title: 'Mine' });
    for (const title of [
      'Inference, batch 1',
      'A step of training, batch 128',
      'Images a second by batch, inference',
      'Images a second by threads, inference',
      'Accuracy against multiply-adds',
      'Accuracy against parameters',
      'Memory',
      'Size on disk',
    ]) {
      expect(page).toContain(`<figcaption>${title}`);
    }
    expect(page).toContain('<h1>Mine</h1>');
    expect(page).toContain('mnet, 1 thread');
    // A network by its path has a short name in charts, its whole one in tables.
    expect(page).toMatch(/<span class="of">pets<\/span>/);
    expect(page).toContain('<th scope="row">runs/pets/model</th>');
    expect(page).not.toMatch(/undefined|>NaN|\[object/);
  });

  it('draws accuracy against latency where both were measured', () => {
    const page = renderBenchReport([
      ...many,
      timeResult([[3]], { model: 'runs/pets/model', width: null }),
    ]);
    expect(page).toContain('<figcaption>Accuracy against latency, mnet, 2 threads');
    expect(renderBenchReport(many)).not.toContain('Accuracy against latency');
  });

  it('asks nothing of the network, runs no script and escapes every word', () => {
    const page = renderBenchReport([
      timeResult([[1]], { model: evil, on: evil }),
      accuracyResult({ model: evil, dataset: evil, part: evil }),
      memoryResult({ model: evil, environment: { ...memoryResult().environment, cpu: evil } }),
    ]);
    expect(page).not.toMatch(/<script|<link|<iframe|https?:|\bon\w+=|src="(?!data:)/i);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  });

  it('says what it takes', () => {
    expect(() => renderBenchReport([])).toThrow('results: got none');
    expect(() => renderBenchReport(many, { heading: 'x' } as never)).toThrow(
      "unknown option 'heading'",
    );
  });

  it('is written whole', () => {
    const dir = mkdtempSync(join(tmpdir(), 'mnet-page-'));
    writeBenchReport(join(dir, 'a', 'r.html'), many);
    expect(readFileSync(join(dir, 'a', 'r.html'), 'utf8')).toBe(renderBenchReport(many));
    rmSync(dir, { recursive: true });
  });
});
