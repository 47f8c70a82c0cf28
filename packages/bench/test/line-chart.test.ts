import { describe, expect, it } from 'vitest';
import { lineChart } from '../src/report/line-chart.ts';

const format = (y: number): string => y.toFixed(2);
const draw = (points: [number, number][]): string =>
  lineChart({
    title: 'Loss',
    xLabel: 'epoch',
    format,
    series: [{ name: 'a <b>', colour: 0, dashed: false, points }],
  }).text;
const dots = (svg: string): [number, number][] =>
  [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map((m) => [Number(m[1]), Number(m[2])]);

describe('lineChart', () => {
  it('puts each point inside the picture, greater values higher', () => {
    const svg = draw([
      [1, 2],
      [2, 1],
      [3, 0.5],
    ]);
    const places = dots(svg);
    expect(places).toHaveLength(3);
    expect(places.map((p) => p[0])).toEqual(places.map((p) => p[0]).toSorted((a, b) => a - b));
    expect(places.map((p) => p[1])).toEqual(places.map((p) => p[1]).toSorted((a, b) => a - b));
    for (const [x, y] of places) {
      expect(x).toBeGreaterThanOrEqual(56);
      expect(x).toBeLessThanOrEqual(624);
      expect(y).toBeGreaterThanOrEqual(12);
      expect(y).toBeLessThanOrEqual(320);
    }
    expect(svg).toContain('<title>a &lt;b&gt;, epoch 2: 1.00</title>');
  });

  it('leaves a gap at a value that is not finite', () => {
    const svg = draw([
      [1, 2],
      [2, Number.NaN],
      [3, 1],
      [4, 1],
    ]);
    expect(dots(svg)).toHaveLength(3);
    expect(/<path[^>]* d="([^"]*)"/.exec(svg)?.[1]?.match(/M/g)).toHaveLength(2);
    expect(svg).not.toContain('NaN');
  });

  it('draws one point, and says where there is none', () => {
    expect(dots(draw([[1, 0.7]]))).toHaveLength(1);
    expect(draw([[1, 0.7]])).not.toContain('NaN');
    expect(draw([])).toBe('<p>Loss: nothing was recorded.</p>');
  });
});
