import { describe, expect, it } from 'vitest';
import { barChart, heatMap, lineChart, type Point, scatterChart } from '@mnet/bench';
import { front } from '../src/charts/front.ts';
import { placeLabels } from '../src/charts/labels.ts';
import { plane } from '../src/charts/plane.ts';

const format = (y: number): string => y.toFixed(2);
const draw = (points: Point[], more = {}): string =>
  lineChart({
    title: 'Loss',
    x: { label: 'epoch', whole: true },
    y: { label: 'loss', format },
    series: [{ name: 'a <b>', colour: 0, points, ...more }],
  }).text;
const dots = (svg: string): [number, number][] =>
  [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map((m) => [Number(m[1]), Number(m[2])]);
const points = (...ys: number[]): Point[] => ys.map((y, i) => ({ x: i + 1, y }));

describe('lineChart', () => {
  it('puts each point inside the picture, greater values higher', () => {
    const svg = draw(points(2, 1, 0.5));
    const places = dots(svg);
    expect(places).toHaveLength(3);
    expect(places.map((p) => p[0])).toEqual(places.map((p) => p[0]).toSorted((a, b) => a - b));
    expect(places.map((p) => p[1])).toEqual(places.map((p) => p[1]).toSorted((a, b) => a - b));
    for (const [x, y] of places) {
      expect(x).toBeGreaterThan(30);
      expect(x).toBeLessThanOrEqual(506);
      expect(y).toBeGreaterThanOrEqual(14);
      expect(y).toBeLessThanOrEqual(274);
    }
    expect(svg).toContain('<title>a &lt;b&gt;, epoch 2: 1.00</title>');
  });

  it('leaves a gap at a value that is not finite', () => {
    const svg = draw(points(2, Number.NaN, 1, 1));
    expect(dots(svg)).toHaveLength(3);
    expect(/<path class="line[^>]* d="([^"]*)"/.exec(svg)?.[1]?.match(/M/g)).toHaveLength(2);
    expect(svg).not.toContain('NaN');
  });

  it('draws one point, and says where there is none', () => {
    expect(dots(draw(points(0.7)))).toHaveLength(1);
    expect(draw(points(0.7))).not.toContain('NaN');
    expect(draw([])).toContain('Loss</figcaption><p class="quiet">Nothing was recorded.');
  });

  it('draws a band where there is one, and makes room for it', () => {
    const band = [1, 2].map((x) => ({ x, y: 5, low: 1, high: 9 }));
    const svg = draw(band);
    const path = /class="band c0" d="([^"]*)"/.exec(svg)?.[1] ?? '';
    const heights = [...path.matchAll(/,([\d.]+)/g)].map((m) => Number(m[1]));
    const [middle = 0] = dots(svg)[0]?.slice(1) ?? [];
    expect(Math.min(...heights)).toBeLessThan(middle - 50);
    expect(Math.max(...heights)).toBeGreaterThan(middle + 50);
    expect(draw(points(1, 2))).not.toContain('band');
  });

  it('crosses out the last point of a line that ended', () => {
    const [, last] = dots(draw(points(2, 1)));
    const svg = draw(points(2, 1, Number.NaN), { ended: 'diverged' });
    const cross = /class="end c0" d="M([\d.]+),([\d.]+)/.exec(svg);
    expect(Number(cross?.[2]) + 6).toBeCloseTo((last as [number, number])[1], 5);
    expect(svg).toContain('<title>a &lt;b&gt;: diverged</title>');
  });

  it('has no dots on a line of many points', () => {
    expect(dots(draw(points(...Array.from({ length: 300 }, (_, i) => i))))).toHaveLength(0);
  });

  it('holds each value until the next, or joins none', () => {
    const steps = /class="line[^>]* d="([^"]*)"/.exec(draw(points(1, 3), { join: 'steps' }))?.[1];
    const corners = [...`${steps}`.matchAll(/([\d.]+),([\d.]+)/g)].map((m) => [m[1], m[2]]);
    const [a, b] = dots(draw(points(1, 3))) as [[number, number], [number, number]];
    expect(corners.map((place) => place.map(Number))).toEqual([a, [b[0], a[1]], b]);
    const many = draw(points(...Array.from({ length: 60 }, (_, i) => i)), { join: 'none' });
    expect(many).not.toContain('class="line');
    expect(dots(many)).toHaveLength(60);
  });

  it('draws the many pale and behind, each named under the pointer, in the key as one', () => {
    const line = (name: string, faint: boolean) => ({
      name,
      colour: 0,
      faint,
      points: points(1, 2),
    });
    const { text } = lineChart({
      title: 'Loss',
      x: { label: 'x' },
      y: { label: 'y' },
      series: [line('best', false), line('one', true), line('two', true)],
    });
    const drawn = text.slice(text.indexOf('role="img"'));
    expect(drawn.indexOf('<title>two</title>')).toBeLessThan(drawn.indexOf('class="line c0"'));
    expect(dots(drawn)).toHaveLength(2);
    expect([...text.matchAll(/<\/svg>([^<]*)<\/li>/g)].map((m) => m[1])).toEqual([
      'best',
      '2 others',
    ]);
  });

  it('has a key for several lines alone, dashed as they are', () => {
    const of = (n: number): string =>
      lineChart({
        title: 'Loss',
        x: { label: 'x' },
        y: { label: 'y' },
        series: [0, 1]
          .slice(0, n)
          .map((colour) => ({ name: `s${colour}`, colour, dashed: true, points: points(1, 2) })),
      }).text;
    expect(of(1)).not.toContain('class="key"');
    expect(of(2).match(/<li>/g)).toHaveLength(2);
    expect(of(2).match(/<line class="line c\d dashed"/g)).toHaveLength(2);
  });

  it('says what it takes', () => {
    expect(() => lineChart({ title: 'a', x: {}, y: {}, series: [] } as never)).toThrow(
      'x: got Object, takes an axis, such as { label: "epoch" }',
    );
  });
});

describe('a logarithmic axis', () => {
  const drawn = (...ys: number[]) =>
    plane(
      { label: 'x', whole: true },
      { label: 'y', log: true },
      ys.map((y, i) => [i, y]),
    );
  const marks = (...ys: number[]): string[] =>
    [...(drawn(...ys)?.axes.text ?? '').matchAll(/text-anchor="end">([^<]*)</g)].map(
      (m) => `${m[1]}`,
    );

  it('puts equal ratios at equal distances, and leaves out 0 and below', () => {
    const p = drawn(1, 10, 100);
    const [a, b, c] = [1, 10, 100].map((y) => p?.y(y) ?? 0) as [number, number, number];
    expect(a - b).toBeCloseTo(b - c, 0);
    expect(p?.has(1, 0)).toBe(false);
    expect(p?.has(1, -1)).toBe(false);
    expect(drawn(0, -1)).toBeUndefined();
  });

  it('has marks for a wide and for a narrow range', () => {
    expect(marks(1, 1e4)).toEqual(['1', '10', '100', '1,000', '10k']);
    expect(marks(0.3, 2.3).length).toBeGreaterThanOrEqual(2);
    expect(marks(5.1, 5.9).length).toBeGreaterThanOrEqual(2);
    expect(marks(1, 1e30).length).toBeLessThanOrEqual(7);
  });
});

describe('an axis', () => {
  it('stays near values that are all the same', () => {
    const [x, y] = [{ label: 'x' }, { label: 'y' }];
    const same = plane(x, y, [
      [1, 0.1],
      [2, 0.1],
    ]);
    const marks = [...(same?.axes.text ?? '').matchAll(/text-anchor="end">([^<]*)</g)];
    for (const [, mark] of marks) expect(Math.abs(Number(mark) - 0.1)).toBeLessThan(0.05);
    expect(marks.length).toBeGreaterThan(1);
  });

  it('has only as many marks as fit beside each other', () => {
    const wide = plane(
      { label: 'x', format: (v) => `${v} of many words` },
      { label: 'y' },
      points(1, 2, 3).map(({ x, y }) => [x * 1000, y]),
    );
    const places = [...(wide?.axes.text ?? '').matchAll(/<text x="([\d.]+)" y="297"/g)];
    expect(places.length).toBeGreaterThan(0);
    expect(places.length).toBeLessThan(4);
  });
});

describe('barChart', () => {
  const chart = barChart({
    title: 'Accuracy',
    series: ['a', 'b'],
    max: 1,
    categories: [
      { name: 'cat', bars: [{ value: 0.5 }, { value: 0.25, text: '25 ± 1%' }] },
      { name: 'dog', bars: [{ value: null }, { value: 2 }] },
    ],
  }).text;

  it('makes each bar as long as its value, with its figure beside it', () => {
    expect(
      [...chart.matchAll(/width: ([\d.]+)%"><\/i><b>([^<]*)/g)].map((m) => [m[1], m[2]]),
    ).toEqual([
      ['50.0', '0.5'],
      ['25.0', '25 ± 1%'],
      ['0.0', '–'],
      ['100.0', '2'],
    ]);
  });

  it('takes the greatest value for a whole bar', () => {
    const bars = [
      { name: 'x', bars: [{ value: 4 }] },
      { name: 'y', bars: [{ value: 1 }] },
    ];
    const { text } = barChart({ title: 'T', series: ['s'], categories: bars });
    expect([...text.matchAll(/width: ([\d.]+)%/g)].map((m) => m[1])).toEqual(['100.0', '25.0']);
  });
});

describe('scatterChart', () => {
  const mark = (name: string, x: number, y: number) => ({ name, colour: 0, x, y });

  it('draws the front of its own marks, rings for published ones', () => {
    const { text } = scatterChart({
      title: 'T',
      x: { label: 'MACs', log: true },
      y: { label: 'accuracy' },
      front: true,
      marks: [mark('a', 1, 0.5), mark('b', 10, 0.4), { ...mark('c', 5, 0.9), hollow: true }],
    });
    expect(text.match(/<circle class="hollow/g)).toHaveLength(1);
    const line = /class="line dashed c7" d="M([\d.]+),([\d.]+)/.exec(text);
    const [a] = dots(text);
    expect([Number(line?.[1]), Number(line?.[2])]).toEqual(a);
    for (const name of ['a', 'b', 'c']) expect(text).toContain(`>${name}</text>`);
  });

  it('names in a key what has no room beside its mark', () => {
    const crowd = Array.from({ length: 30 }, (_, i) => mark(`network number ${i}`, 5, 0.5));
    const axes = { x: { label: 'x' }, y: { label: 'y' } };
    expect(scatterChart({ title: 'T', ...axes, marks: crowd }).text.match(/<li>/g)).toHaveLength(
      30,
    );
    expect(scatterChart({ title: 'T', ...axes, marks: crowd.slice(0, 2) }).text).not.toContain(
      '<li>',
    );
  });
});

describe('front', () => {
  it('is what no other one beats', () => {
    const at = (x: number, y: number) => ({ x, y });
    const best = [at(1, 1), at(2, 3), at(4, 5)];
    expect(front([at(4, 5), at(2, 2), at(2, 3), at(3, 3), at(1, 1), at(5, 4)])).toEqual(best);
    expect(front([])).toEqual([]);
    expect(front([at(1, Number.NaN)])).toEqual([]);
  });
});

describe('placeLabels', () => {
  it('keeps labels apart and inside', () => {
    const spots = Array.from({ length: 12 }, (_, i) => ({
      x: 60 + (i % 4) * 40,
      y: 60 + Math.floor(i / 4) * 20,
      text: `label ${i}`,
    }));
    const bounds = { left: 0, right: 300, top: 0, bottom: 200 };
    const labels = placeLabels(spots, bounds);
    const boxes = labels.flatMap((label, i) => {
      if (label === undefined) return [];
      const width = (spots[i]?.text.length ?? 0) * 7;
      const left = { start: label.x, end: label.x - width, middle: label.x - width / 2 }[
        label.anchor
      ];
      return [{ left, right: left + width, top: label.y - 7, bottom: label.y + 7 }];
    });
    expect(boxes.length).toBeGreaterThan(3);
    for (const [i, a] of boxes.entries()) {
      expect(a.left).toBeGreaterThanOrEqual(0);
      for (const b of boxes.slice(i + 1)) {
        const apart =
          a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
        expect(apart).toBe(true);
      }
    }
  });
});

describe('heatMap', () => {
  const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `class ${i}`);
  const square = (n: number): number[][] =>
    names(n).map((_, i) => names(n).map((__, j) => (i === j ? 90 : (i + j) % 5)));
  const map = (n: number): string =>
    heatMap({
      title: 'Confusion',
      rowLabel: 'label',
      columnLabel: 'guess',
      rows: names(n),
      columns: names(n),
      values: square(n),
      diagonal: true,
    }).text;

  it('has a figure in each cell that is not empty, the diagonal in another colour', () => {
    const text = map(3);
    expect(text.match(/<rect class="heat"/g)).toHaveLength(3);
    expect(text.match(/<rect class="miss"/g)).toHaveLength(6);
    expect(text).toContain('<title>label class 0, guess class 1: 1</title>');
    expect(text).toContain('text-anchor="middle">90</text>');
  });

  it('names every row and column of a hundred, and stays small', () => {
    const text = map(100);
    for (const name of ['class 0', 'class 57', 'class 99']) {
      expect(text.split(`>${name}</text>`)).toHaveLength(3);
    }
    expect(text).not.toContain('<title>');
    expect(text.length).toBeLessThan(250_000);
    // Each cell that is not 0 is drawn, in few paths.
    const cells = square(100)
      .flat()
      .filter((value) => value > 0).length;
    expect(
      [...text.matchAll(/ d="([^"]*)"/g)].flatMap((m) => m[1]?.match(/M/g) ?? []),
    ).toHaveLength(cells);
    expect(text.match(/<path/g)?.length).toBeLessThan(26);
  });

  it('refuses values that do not fit the names', () => {
    const given = { title: 'T', rowLabel: 'r', columnLabel: 'c', rows: ['a'], columns: ['b'] };
    expect(() => heatMap({ ...given, values: [[1, 2]] })).toThrow(
      'values: got 1 rows of 2, takes 1 rows of 1',
    );
  });
});
