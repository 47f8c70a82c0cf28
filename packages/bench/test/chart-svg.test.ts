import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  barChart,
  chartSvg,
  type Figure,
  heatMap,
  html,
  lineChart,
  page,
  parallelCoordinates,
  scatterChart,
  writeChart,
} from '@mnet/bench';

const names = (count: number, word: string): string[] =>
  Array.from({ length: count }, (_, i) => `${word}${i}`);
const axes = { x: { label: 'epoch', whole: true }, y: { label: 'loss' } };
const lines = (of: readonly string[], title = 'Loss', note = 'By epoch.'): Figure =>
  lineChart({
    title,
    note,
    ...axes,
    series: of.map((name, colour) => ({
      name,
      colour,
      points: [1, 2, 3].map((x) => ({ x, y: x + colour, low: x, high: x + 9 })),
    })),
  });
const marks = (of: readonly string[]): Figure =>
  scatterChart({
    title: 'Cost',
    x: { label: 'MACs', log: true },
    y: { label: 'accuracy' },
    front: true,
    marks: of.map((name, i) => ({ name, colour: i, x: 1e6, y: 0.5, hollow: i === 1 })),
  });
const bars = (of: readonly string[], categories: readonly string[]): Figure =>
  barChart({
    title: 'Latency',
    series: of,
    categories: categories.map((name, i) => ({
      name,
      bars: of.map((_, k) => ({ value: k === 1 ? null : i + k + 1 })),
    })),
  });
const cells = (rows: readonly string[], columns: readonly string[]): Figure =>
  heatMap({
    title: 'Confusion',
    rowLabel: 'label',
    columnLabel: 'guess',
    rows,
    columns,
    values: rows.map((_, i) => columns.map((__, j) => i + j)),
  });

const threads = (of: readonly string[], label = 'optimizer'): Figure =>
  parallelCoordinates({
    title: 'Runs',
    axes: [{ label, categories: of }, { label: 'accuracy' }],
    lines: of.map((name, i) => ({ name, values: [name, i] })),
  });

// libxml2 reads it here, which refuses what is not well-formed.
const sizeOf = async (svg: string): Promise<number[]> => {
  const { width, height } = await sharp(Buffer.from(svg)).metadata();
  return [width, height];
};
const saidSize = (svg: string): number[] =>
  (/<svg [^>]*? width="(\d+)" height="(\d+)" viewBox="0 0 \1 \2"/.exec(svg) ?? [])
    .slice(1)
    .map(Number);
const pixelsOf = async (svg: string) => {
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const colour = (x: number, y: number): string =>
    data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3).toString('hex');
  return { width: info.width, height: info.height, colour };
};

const long = 'a name of very many words, and ofonewordthatislongerthanalinecouldeverbe '.repeat(3);
const evil = '</text></svg><script>alert(1)</script>"\'&\u0000\u001B\uD800]]>';
const charts: Record<string, readonly [Figure, readonly string[]]> = {
  'of lines': [lines(['student', 'teacher']), ['Loss', 'By epoch.', 'student', 'teacher', 'epoch']],
  'of many lines': [lines(names(30, 'net')), names(30, 'net')],
  'of one line': [lines(['student']), ['Loss', 'By epoch.']],
  'of marks': [marks(names(40, 'net')), ['Cost', 'MACs', ...names(40, 'net')]],
  'of bars': [bars(['ours', 'theirs'], ['cat', 'dog']), ['Latency', 'ours', 'theirs', 'cat', '–']],
  'of many bars': [bars(['ours'], names(100, 'class')), names(100, 'class')],
  'of cells': [cells(['cat', 'dog'], ['a', 'b']), ['Confusion', 'label', 'guess', 'cat', 'b']],
  'of many cells': [cells(names(60, 'row'), names(60, 'column')), names(60, 'column')],
  'of threads': [threads(['sgd', 'adam']), ['Runs', 'optimizer', 'accuracy', 'sgd', 'adam']],
  'of threads with long names': [threads([long, evil], long), ['Runs', 'accuracy']],
  'of long names': [
    lines([long, `${long}2`], long, long),
    ['words, and ofonewordthatislongerthanalinecouldeverbe'],
  ],
  'of long labels': [
    lineChart({
      title: 'T',
      x: { label: long, format: (x) => `${x} of many, many, very many words` },
      y: { label: 'y', format: (y) => `${y} 画像` },
      series: [{ name: 'a', colour: 0, points: [1, 2].map((x) => ({ x: x * 100, y: x })) }],
    }),
    ['of many, many, very many words'],
  ],
  'of bars with long names': [bars([long, 'b'], [long, 'b']), ['words,', 'b']],
  'of cells with long names': [
    heatMap({
      title: 'T',
      rowLabel: 'what the one network said of it',
      columnLabel: 'what the other network said of it',
      rows: ['混同行列', 'WMWMWMWM'],
      columns: ['MWMWMWMW', '混同行列'],
      values: [
        [1, 2],
        [3, null],
      ],
    }),
    ['混同行列', 'WMWMWMWM', 'what the other network said of it'],
  ],
  'of nothing': [lineChart({ title: 'Loss', ...axes, series: [] }), ['Nothing was recorded.']],
  'of no marks': [marks([]), ['Cost', 'Nothing was recorded.']],
  'of no bars': [bars(['a', 'b'], []), ['Latency', 'Nothing was recorded.']],
  'of no cells': [cells([], []), ['Confusion', 'Nothing was recorded.']],
};
const shown = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((m) => `${m[1]}`);

describe.each(Object.entries(charts))('a chart %s as a file', (_, [figure, words]) => {
  const svg = chartSvg(figure);

  it('is XML of the size that it says', async () => {
    expect(await sizeOf(svg)).toEqual(saidSize(svg));
  });

  it('shows all words', () => {
    const text = shown(svg).join(' ');
    for (const word of words) expect(text).toContain(word);
  });

  it('has a name for those who cannot see it', () => {
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-label="[^"]+">\n<title>[^<]+<\/title>/);
  });

  it('needs nothing else, and runs nothing', () => {
    expect(svg.match(/https?:/g)).toHaveLength(1);
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
    expect(svg).not.toMatch(/<script|foreignObject|href|url\(|@import|var\(|\bon\w+=|NaN|Infinity/);
  });

  it('is cut off nowhere: its edge is paper all around', async () => {
    const { width, height, colour } = await pixelsOf(svg);
    for (const edge of [0, 5]) {
      for (let x = 0; x < width; x++) {
        expect([colour(x, edge), colour(x, height - 1 - edge)]).toEqual(['ffffff', 'ffffff']);
      }
      for (let y = 0; y < height; y++) {
        expect([colour(edge, y), colour(width - 1 - edge, y)]).toEqual(['ffffff', 'ffffff']);
      }
    }
  });
});

describe('chartSvg', () => {
  it('is refused by the parser of these tests where it is not well-formed', async () => {
    const svg = chartSvg(lines(['a']));
    await expect(sizeOf(svg.replace('</svg>', '</g></svg>'))).rejects.toThrow('XML parse error');
    await expect(sizeOf(svg.replace('Loss', '&'))).rejects.toThrow('XML parse error');
    await expect(sizeOf(svg.replace('Loss', '\u0001'))).rejects.toThrow('XML parse error');
  });

  it.each([
    ['lines', lines([evil, evil], evil, evil)],
    ['marks', marks(Array.from({ length: 40 }, () => evil))],
    ['bars', bars([evil, evil], [evil])],
    ['cells', cells([evil], [evil])],
  ])('escapes every word of the user: %s', async (_, figure) => {
    const svg = chartSvg(figure);
    expect(await sizeOf(svg)).toEqual(saidSize(svg));
    expect(svg).not.toContain('<script');
    expect(svg.match(/<\/svg>/g)).toHaveLength(1);
    expect(svg).toContain('&quot;&#39;&amp;\uFFFD\uFFFD\uFFFD]]&gt;');
  });

  it('breaks a key into rows within the width, in the order of the lines', () => {
    const svg = chartSvg(lines(names(30, 'a network of number ')));
    const [width = 0] = saidSize(svg);
    const places = [
      ...svg.matchAll(/translate\(([\d.]+) (\d+)\)"><g transform="translate\(0 4\)/g),
    ].map((m) => [Number(m[1]), Number(m[2])] as const);
    expect(places).toHaveLength(30);
    const rows = new Set(places.map(([, y]) => y));
    expect(rows.size).toBeGreaterThan(5);
    expect(rows.size).toBeLessThan(30);
    for (const [i, [x, y]] of places.entries()) {
      expect(x + 38 + 'a network of number '.length * 6).toBeLessThan(width - 16);
      const [left, above] = places[i - 1] ?? [-1, 0];
      expect(y > above || x > left).toBe(true);
    }
    expect(shown(svg).filter((text) => text.startsWith('a network'))).toEqual(
      names(30, 'a network of number '),
    );
  });

  it("has the page's colours, the dark ones where the reader asks for them", async () => {
    const svg = chartSvg(bars(['a'], ['b']));
    const { width, height, colour } = await pixelsOf(svg);
    const found = new Set(
      Array.from({ length: width * height }, (_, i) => colour(i % width, Math.floor(i / width))),
    );
    expect(found).toContain('0072b2');
    expect(found).toContain('ffffff');
    expect(found).not.toContain('16161a');
    const [light = '', dark = ''] = svg.split('@media screen and (prefers-color-scheme: dark)');
    expect(light).toContain('.c0 { color: #0072b2; }');
    expect(light).toContain('.paper { fill: #fff; }');
    expect(dark).toContain('.c0 { color: #56b4e9; }');
    expect(dark).toContain('.paper { fill: #16161a; }');
  });

  it('leaves no more room than the words need where they are short', () => {
    const [short = 0] = saidSize(chartSvg(cells(['a'], ['b'])));
    expect(short).toBeLessThan(200);
    expect(saidSize(chartSvg(lines(['a'])))[0]).toBe(520 + 2 * 16);
  });

  it('says what it takes', () => {
    const takes =
      'takes a chart of lineChart, scatterChart, barChart, heatMap or parallelCoordinates';
    const refused =
      (figure: unknown): (() => string) =>
      () =>
        chartSvg(figure as Figure);
    expect(refused(undefined)).toThrow(new TypeError(`figure: got undefined, ${takes}`));
    expect(refused(html`<p>a</p>`)).toThrow(new TypeError(`figure: got Markup, ${takes}`));
    expect(refused([lines(['a'])])).toThrow(new TypeError(`figure: got [Figure], ${takes}`));
    expect(refused('<svg/>')).toThrow(new TypeError(`figure: got '<svg/>', ${takes}`));
  });
});

describe('a chart on a page', () => {
  it('is a figure with its title, note and key', () => {
    expect(
      bars(['a', 'b'], ['c']).text,
    ).toBe(`<figure><figcaption>Latency</figcaption><ul class="key"><li><svg class="stretch" viewBox="0 0 32 12" aria-hidden="true"><rect class="dot c0" x="0" width="32" y="1" height="10" rx="2"/></svg>a</li><li><svg class="stretch" viewBox="0 0 32 12" aria-hidden="true"><rect class="dot c1" x="0" width="32" y="1" height="10" rx="2"/></svg>b</li></ul>
<ul class="bars" style="--figures: 1ch"><li><span class="of">c</span><span><span class="bar c0" title="a"><i style="width: 100.0%"></i><b>1</b></span><span class="bar c1" title="b"><i style="width: 0.0%"></i><b>–</b></span></span></li>
</ul></figure>
`);
    expect(lines(['a']).text).toMatch(
      /^<figure><figcaption>Loss<\/figcaption><p class="quiet">By epoch\.<\/p>\n<svg viewBox="0 0 520 320" role="img" aria-label="Loss by epoch: a">\n<line.*<\/svg><\/figure>\n$/s,
    );
    expect(cells(['a'], ['b']).text).toMatch(
      /^<figure><figcaption>Confusion<\/figcaption>\n<div class="scroll" tabindex="0" role="region" aria-label="Confusion, picture"><svg .*<\/svg><\/div><\/figure>\n$/s,
    );
    expect(marks([]).text).toBe(
      '<figure><figcaption>Cost</figcaption><p class="quiet">Nothing was recorded.</p></figure>',
    );
  });

  it('stands there as it is', () => {
    const figure = lines(['a', 'b']);
    expect(page({ title: 'T', main: [figure, html`<div>${figure}</div>`] })).toContain(
      `${figure.text}<div>${figure.text}</div>`,
    );
  });
});

describe('writeChart', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mnet-charts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('writes the document, and nothing beside it', () => {
    const figure = lines(['a', 'b']);
    const path = join(folder, 'plots', 'loss.svg');
    writeChart(path, lines(['before']));
    writeChart(path, figure);
    expect(readFileSync(path, 'utf8')).toBe(chartSvg(figure));
    expect(readdirSync(join(folder, 'plots'))).toEqual(['loss.svg']);
  });

  it('writes nothing of what it refuses', () => {
    const path = join(folder, 'loss.svg');
    expect(() => writeChart(path, html`<p>a</p>` as Figure)).toThrow('figure: got Markup, takes');
    expect(() => writeChart('', lines(['a']))).toThrow(
      "path: got '', takes a path, such as plots/loss.svg",
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});
