import { describe, expect, it } from 'vitest';
import { chartSvg, parallelCoordinates, type ParallelLine } from '@mnet/bench';

const axes = [
  { label: 'width', log: true },
  { label: 'optimizer', categories: ['sgd', 'adam', 'rmsprop'] },
  { label: 'accuracy', format: (v: number) => `${v * 100}%` },
];
const draw = (lines: readonly ParallelLine[], more = {}): string =>
  parallelCoordinates({ title: 'Runs', axes, lines, ...more }).text;
const run = (name: string, ...values: ParallelLine['values']): ParallelLine => ({ name, values });
/** Of each line its class, its places and its tooltip. */
const threads = (svg: string) =>
  [...svg.matchAll(/<path class="thread (\w+)" d="([^"]*)"\/?>(?:<title>([^<]*))?/g)].map((m) => ({
    shade: m[1],
    places: [...`${m[2]}`.matchAll(/([\d.]+),([\d.]+)/g)].map((p) => [Number(p[1]), Number(p[2])]),
    pieces: `${m[2]}`.split('M').length - 1,
    title: m[3],
  }));

describe('parallelCoordinates', () => {
  it('has a line a run, from axis to axis, with its figures under the pointer', () => {
    const [first, second] = threads(
      draw([run('a', 0.25, 'sgd', 0.5), run('b', 1, 'rmsprop', 0.9)]),
    );
    expect(first?.title).toBe('a: width 0.25, optimizer sgd, accuracy 50%');
    expect(first?.places).toHaveLength(3);
    expect(first?.places.map(([x]) => x)).toEqual(second?.places.map(([x]) => x));
    // Greater values are higher, the categories go up.
    for (const i of [0, 1, 2]) {
      expect(first?.places[i]?.[1]).toBeGreaterThan(second?.places[i]?.[1] as number);
    }
  });

  it('puts equal ratios of a logarithmic axis, and all categories, at equal distances', () => {
    const lines = threads(
      draw([run('a', 1, 'sgd', 0.1), run('b', 10, 'adam', 0.2), run('c', 100, 'rmsprop', 0.3)]),
    );
    const of = (i: number): number[] => lines.map(({ places }) => places[i]?.[1] ?? Number.NaN);
    for (const i of [0, 1]) {
      const [a, b, c] = of(i) as [number, number, number];
      expect(a - b).toBeCloseTo(b - c, 0);
      expect(a - b).toBeGreaterThan(20);
    }
  });

  it('colours by the last axis, the strongest in front', () => {
    const lines = [0.9, 0.1, 0.5].map((value) => run(String(value), 1, 'sgd', value));
    const names = (svg: string): string[] =>
      threads(svg).map(({ shade, title }) => `${title?.split(':')[0]} ${shade}`);
    expect(names(draw(lines))).toEqual(['0.1 r0', '0.5 r3', '0.9 r5']);
    expect(names(draw(lines, { strong: 'low' }))).toEqual(['0.9 r0', '0.5 r3', '0.1 r5']);
  });

  it('leaves a gap at what has no place, and is pale without a last value', () => {
    const [pale, , broken] = threads(
      draw([
        run('whole', 1, 'sgd', 0.5),
        run('broken', 2, 'lion', 0.6),
        run('pale', 0, 'adam', null),
      ]),
    );
    expect(pale).toMatchObject({ shade: 'faint', places: [expect.anything()] });
    expect(pale?.title).toBe('pale: width 0, optimizer adam, accuracy –');
    expect(broken).toMatchObject({ pieces: 2, places: [expect.anything(), expect.anything()] });
    expect(draw([run('a', null, null, null)])).toContain('Nothing was recorded.');
    expect(draw([])).toContain('Nothing was recorded.');
  });

  it('keeps labels apart and within their room, however many and long', () => {
    const categories = Array.from({ length: 60 }, (_, i) => `a very long name of category ${i}`);
    const { text } = parallelCoordinates({
      title: 'Runs',
      axes: [
        { label: 'theOnlyKeyWhoseNameIsLongerThanTheRoomThatItHasByFarByFarByFar', categories },
        ...axes.slice(2),
      ],
      lines: categories.map((name, i) => run(String(i), name, i)),
    });
    const labels = [
      ...text.matchAll(
        /x="([\d.]+)" y="([\d.]+)" dy="0.35em" text-anchor="end">(?:<title>([^<]*)<\/title>)?([^<]*)/g,
      ),
    ].filter((m) => m[3]?.startsWith('a very'));
    expect(labels.length).toBeGreaterThan(5);
    const heights = labels.map((m) => Number(m[2])).toSorted((a, b) => a - b);
    for (const [i, y] of heights.slice(1).entries()) {
      expect(y - (heights[i] as number)).toBeGreaterThanOrEqual(17);
    }
    for (const [, x, , whole, shown] of labels) {
      expect(whole).toMatch(/^a very long name of category \d+$/);
      expect(Number(x) - `${shown}`.length * 9).toBeGreaterThan(-1);
    }
  });

  it('escapes every word, draws thousands of lines, and is a file too', () => {
    const evil = '"><script>alert(1)</script>';
    const made = parallelCoordinates({
      title: evil,
      note: evil,
      axes: [{ label: evil, categories: [evil] }, { label: evil }],
      lines: [run(evil, evil, 1)],
    });
    expect(made.text).not.toContain('<script');
    expect(chartSvg(made)).not.toContain('<script');
    expect(chartSvg(made)).toContain('.r5 { color: #16357a; }');
    const many = draw(Array.from({ length: 5000 }, (_, i) => run(String(i), i + 1, 'sgd', i % 97)));
    expect(threads(many)).toHaveLength(6);
    expect(many.length).toBeLessThan(250_000);
  });

  it('says what it takes', () => {
    expect(() => draw([run('a', 1, 'sgd')])).toThrow(
      "lines: got 2 values of 'a', takes 3, one for each axis",
    );
    expect(() => draw([], { axes: axes.slice(0, 2) })).toThrow(
      'axes: got 2, the last one of words, takes at least two, the last one of numbers',
    );
    expect(() => draw([], { axes: axes.slice(2) })).toThrow('axes: got 1, takes at least two');
  });
});
