import { writeWholeSync } from '@mnet/core/files';
import { custom, text } from '@mnet/core/options';
import { html, type Markup, raw } from '../page/html.ts';
import { fileStyle } from '../page/style.ts';
import { type Drawing, Figure, nothing } from './figure.ts';
import { type KeyEntry, sampleHeight, sampleMark, sampleWidth } from './key.ts';
import { at } from './plane.ts';
import { typeWidth } from './text-width.ts';
import { wrapped } from './wrapped.ts';

const chart = custom<Figure>(
  'a chart of lineChart, scatterChart, barChart, heatMap or parallelCoordinates',
  (value) => value instanceof Figure,
);
const place = text('a path, such as plots/loss.svg');

/** A part of the document, drawn from 0, 0. */
interface Block {
  readonly content: Markup;
  readonly width: number;
  readonly height: number;
}

const padding = 16;
const gap = 8;
// As wide as a line chart: longer words are broken, however narrow the picture is.
const enough = 520;
const titleType = { size: 16, lineHeight: 22, bold: true };
const wordType = { size: 14, lineHeight: 20, bold: false };
const keyGap = 19;
const sampleGap = 6;
// Characters that no XML document may have, not even escaped; half of a surrogate pair is one.
const noXml = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/**
 * A chart as an SVG document that needs nothing else, for a page that shows it by its address, as `![loss](loss.svg)` does:
 * title, note and key are in it. It has a background, follows the reader's light or dark setting, and has no script.
 * Its colours are also those of programs that know less CSS than a browser. A chart for which nothing was recorded
 * says so.
 *
 * @param figure what {@link lineChart}, {@link scatterChart}, {@link barChart}, {@link heatMap} or
 *   {@link parallelCoordinates} gave
 * @returns the whole document; its width and height are in pixels
 * @throws TypeError for what is no chart, such as other markup or several charts.
 */
export function chartSvg(figure: Figure): string {
  const { title, note, key, drawing } = chart.check(figure, 'figure');
  const head = [
    inLines(title, 'title', titleType),
    ...(drawing === undefined
      ? [inLines(nothing, 'note', wordType)]
      : [...(note === undefined ? [] : [inLines(note, 'note', wordType)]), inRows(key)]),
  ];
  const picture = drawing === undefined ? [] : [drawn(drawing)];
  const widest = Math.max(...head.map((block) => block(Number.POSITIVE_INFINITY).width));
  const room = Math.ceil(Math.max(Math.min(enough, widest), ...picture.map(({ width }) => width)));
  const { content, height } = stacked([...head.map((block) => block(room)), ...picture]);
  const [width, whole] = [room + 2 * padding, Math.ceil(height) + 2 * padding];
  const document = html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" role="img" aria-label="${drawing?.words ?? `${title}: ${nothing}`}">
<title>${title}</title>${note === undefined ? '' : html`<desc>${note}</desc>`}
<style>${raw(fileStyle)}</style>
<rect class="paper" width="${width}" height="${whole}"/>
${content}</svg>
`;
  return document.text.replaceAll(noXml, '\uFFFD');
}

/**
 * Writes {@link chartSvg}'s document: to a temporary name that is renamed, so that no half-written file is ever there.
 * Missing folders are made. Needs Node.js.
 *
 * @param path where to, such as `plots/loss.svg`
 * @throws as {@link chartSvg} does, and if the file cannot be written.
 */
export function writeChart(path: string, figure: Figure): void {
  writeWholeSync(place.check(path, 'path'), chartSvg(figure));
}

function inLines(
  words: string,
  name: string,
  { size, lineHeight, bold }: typeof titleType,
): (room: number) => Block {
  const width = (line: string): number => typeWidth(line, size, bold);
  return (room) => {
    const lines = wrapped(words, room, width);
    return {
      content: html`${lines.map((line, i) => html`<text class="${name}" y="${(i + 0.5) * lineHeight}" dy="0.35em">${line}</text>\n`)}`,
      width: Math.max(...lines.map(width)),
      height: lines.length * lineHeight,
    };
  };
}

/** A key in as many rows as it needs; an entry that is wider than all of them goes on below its name. */
function inRows(entries: readonly KeyEntry[]): (room: number) => Block {
  return (room) => {
    let [x, y, rowHeight, widest] = [0, 0, 0, 0];
    const content = entries.map((entry) => {
      const mark = sampleWidth(entry);
      const label = inLines(entry.name, 'key', wordType)(room - mark - sampleGap);
      const width = mark + sampleGap + label.width;
      if (x > 0 && x + width > room) {
        x = 0;
        y += rowHeight;
        rowHeight = 0;
      }
      const left = x;
      x += width + keyGap;
      rowHeight = Math.max(rowHeight, label.height);
      widest = Math.max(widest, left + width);
      const down = (wordType.lineHeight - sampleHeight) / 2;
      return html`<g transform="translate(${at(left)} ${y})"><g transform="translate(0 ${down})">${sampleMark(entry)}</g><g transform="translate(${mark + sampleGap} 0)">${label.content}</g></g>`;
    });
    return { content: html`${content}`, width: widest, height: y + rowHeight };
  };
}

function drawn({ content, box, small = false }: Drawing): Block {
  const { left, right, top, bottom } = box;
  const origin = `translate(${at(-left)} ${at(-top)})`;
  return {
    content: html`<g transform="${origin}"${small ? html` class="small"` : ''}>\n${content}</g>\n`,
    width: right - left,
    height: bottom - top,
  };
}

function stacked(blocks: readonly Block[]): { readonly content: Markup; readonly height: number } {
  let below = 0;
  const content = blocks
    .filter(({ height }) => height > 0)
    .map((block, i) => {
      const y = below + (i === 0 ? 0 : gap);
      below = y + block.height;
      return html`<g transform="translate(${padding} ${at(padding + y)})">\n${block.content}</g>\n`;
    });
  return { content: html`${content}`, height: below };
}
