import { html, type Markup } from '../page/html.ts';
import { colourClass } from './axis.ts';
import type { Drawing } from './figure.ts';
import { at } from './plane.ts';
import { typeWidth } from './text-width.ts';
import { wrapped } from './wrapped.ts';

/** A bar as it is shown. */
export interface ShownBar {
  /** Which of several series it is of; undefined where there is one. */
  readonly of: string | undefined;
  readonly colour: number;
  /** Of a whole bar, from 0 to 1. */
  readonly share: number;
  /** What stands beside it. */
  readonly figure: string;
}

/** The bars of a category. */
export interface BarGroup {
  readonly name: string;
  readonly bars: readonly ShownBar[];
}

interface Widths {
  readonly names: number;
  readonly bars: number;
  readonly figures: number;
}

const pitch = 18;
const thickness = 10;
const gap = 10;
const groupGap = 6;
const columnGap = 40;
// One column is as wide as a line chart; further ones keep a picture of many bars from being a long strip.
const alone = { width: 520, height: 600 };
const beside = { width: 320, most: 3 };
const shortest = 80;

/** Bars with their figures beside them, below each other in as many columns as keep them on a screen. */
export function barColumns(groups: readonly BarGroup[]): Pick<Drawing, 'content' | 'box'> {
  const one = laidOut(groups, alone.width);
  const columns = Math.min(beside.most, Math.ceil(one.height / alone.height));
  const { drawn, width, height } = columns === 1 ? one : laidOut(groups, beside.width);
  const places = inColumns(
    drawn.map((group) => group.height),
    columns,
    height,
  );
  const bottoms = places.map(({ y }, i) => y + (drawn[i]?.height ?? 0));
  const used = 1 + Math.max(0, ...places.map(({ column }) => column));
  return {
    content: html`${drawn.map(
      ({ content }, i) =>
        html`<g transform="translate(${at((places[i]?.column ?? 0) * (width + columnGap))} ${places[i]?.y ?? 0})">${content}</g>\n`,
    )}`,
    box: {
      left: 0,
      right: Math.ceil(used * (width + columnGap) - columnGap),
      top: 0,
      bottom: Math.max(0, ...bottoms) - groupGap,
    },
  };
}

function laidOut(
  groups: readonly BarGroup[],
  least: number,
): {
  readonly drawn: readonly { readonly content: Markup; readonly height: number }[];
  readonly width: number;
  readonly height: number;
} {
  const widest = (texts: readonly string[]): number =>
    Math.max(0, ...texts.map((text) => typeWidth(text)));
  const names = Math.min(0.4 * least, widest(groups.map(({ name }) => name)));
  const figures = widest(groups.flatMap(({ bars }) => bars.map(({ figure }) => figure)));
  const bars = Math.max(shortest, least - names - figures - 2 * gap);
  const drawn = groups.map((group) => drawGroup(group, { names, bars, figures }));
  return {
    drawn,
    width: names + bars + figures + 2 * gap,
    height: drawn.reduce((sum, group) => sum + group.height, 0),
  };
}

function drawGroup(
  { name, bars }: BarGroup,
  widths: Widths,
): { readonly content: Markup; readonly height: number } {
  const lines = wrapped(name, widths.names, typeWidth);
  const rows = Math.max(lines.length, bars.length);
  // A name or its bars, whichever are fewer, stand in the middle of the others.
  const from = (count: number): number => ((rows - count) / 2 + 0.5) * pitch;
  const left = widths.names + gap;
  const right = left + widths.bars + gap + widths.figures;
  return {
    height: rows * pitch + groupGap,
    content: html`${lines.map((line, i) => html`<text class="words" y="${from(lines.length) + i * pitch}" dy="0.35em">${line}</text>`)}${bars.map(
      ({ of, colour, share, figure }, i) => {
        const y = from(bars.length) + i * pitch;
        return html`<rect class="dot ${colourClass(colour)}" x="${at(left)}" y="${y - thickness / 2}" width="${at(share * widths.bars)}" height="${thickness}"><title>${of === undefined ? name : `${name}, ${of}`}: ${figure}</title></rect><text class="words" x="${at(right)}" y="${y}" dy="0.35em" text-anchor="end">${figure}</text>`;
      },
    )}`,
  };
}

/** Where each stands: in their order, the next column from where one has its share of the height. */
function inColumns(
  heights: readonly number[],
  columns: number,
  whole: number,
): { readonly column: number; readonly y: number }[] {
  let [column, y, done] = [0, 0, 0];
  return heights.map((height) => {
    if (column < columns - 1 && done >= ((column + 1) * whole) / columns) {
      column++;
      y = 0;
    }
    const place = { column, y };
    y += height;
    done += height;
    return place;
  });
}
