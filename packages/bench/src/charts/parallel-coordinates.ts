import {
  choice,
  custom,
  type Given,
  list,
  options,
  optional,
  required,
  type Resolved,
  resolve,
  text,
} from '@mnet/core/options';
import { line } from 'd3-shape';
import { compact } from '../page/format.ts';
import { html, type Markup } from '../page/html.ts';
import type { Axis } from './axis.ts';
import { type Box, boxOf, joined } from './box.ts';
import { Figure } from './figure.ts';
import { at } from './plane.ts';
import { marksOf, placeable, scaleOf } from './scale.ts';
import { textWidth, typeWidth } from './text-width.ts';
import { wrapped } from './wrapped.ts';

/** One axis of {@link parallelCoordinates}. */
export interface ParallelAxis extends Axis {
  /** Its values from the bottom up, where they are words; absent: they are numbers. */
  readonly categories?: readonly string[];
  /** The numbers to mark, from the least, where there are few; default round ones. */
  readonly marks?: readonly number[];
}

/** One line of {@link parallelCoordinates}, such as a run. */
export interface ParallelLine {
  readonly name: string;
  /** One for each axis: a number, or one of its categories; null and what cannot be placed leave a gap. */
  readonly values: readonly (number | string | null)[];
}

const axisTaken = custom<ParallelAxis>('an axis, such as { label: "width" }', (value) => {
  const { label, categories } = (value ?? {}) as Partial<ParallelAxis>;
  return typeof label === 'string' && (categories === undefined || Array.isArray(categories));
});

const lineTaken = custom<ParallelLine>('a line with name and values', (value) =>
  Array.isArray((value as ParallelLine | null)?.values),
);

const parallelOptions = options({
  title: required(text('a title')),
  /** From left to right; the last one is of numbers, by which the lines are coloured. */
  axes: required(list(axisTaken)),
  lines: required(list(lineTaken)),
  /** Which end of the last axis has the strongest colour, and its lines in front. Default `high`. */
  strong: optional(choice(['high', 'low']), 'high'),
  /** A sentence below the title. */
  note: optional(text('a sentence')),
});

/** What {@link parallelCoordinates} shows. */
export interface ParallelCoordinatesOptions extends Given<typeof parallelOptions> {}

const shades = 6;
// More lines than these are one path a shade, without names, or the page would be megabytes.
const mostWithNames = 500;
const height = 300;
const bottom = height - 12;
const lineHeight = 17;
const mostLabelLines = 3;
const mostOfName = 150;
const gap = 10;
const edge = 62;
// On a telephone it is not made smaller than its type can be read, and scrolls.
const leastScale = 0.78;

/** An axis with its place, and where its values lie on it. */
interface Placed {
  readonly axis: ParallelAxis;
  readonly x: number;
  /** Undefined for what has no place. */
  readonly y: (value: number | string | null | undefined) => number | undefined;
  readonly text: (value: number | string) => string;
  readonly marks: readonly { readonly y: number; readonly words: string }[];
}

/**
 * Each line is a run: it goes from its value on one axis to its value on the next, the last of which gives it its colour. As a
 * `<figure>` with one SVG, which scrolls on a telephone. Each line shows its figures under the pointer; those without a value on
 * the last axis are pale. Where nothing can be drawn the figure says so.
 *
 * @throws for an option that is unknown, missing or not taken, unless there are at least two axes, the last one of numbers, and
 *   unless each line has a value for each axis
 */
export function parallelCoordinates(given: ParallelCoordinatesOptions): Figure {
  const resolved = resolve(parallelOptions, given, 'parallelCoordinates');
  const { title, axes, lines, strong, note } = resolved;
  check(resolved);
  const { placed, headings, top, width, room } = layoutOf(axes, lines);
  if (!lines.some(({ values }) => values.some((v, i) => placed[i]?.y(v) !== undefined))) {
    return new Figure({ title, note });
  }
  const colour = placed.at(-1) as Placed;
  const drawn = lines
    .map((each): Shaded => {
      const y = colour.y(each.values.at(-1));
      const up = y === undefined ? undefined : (bottom - y) / (bottom - top);
      return { each, share: up === undefined || strong === 'high' ? up : 1 - up };
    })
    .toSorted((a, b) => (a.share ?? -1) - (b.share ?? -1));
  const threads =
    drawn.length > mostWithNames
      ? inShades(drawn, placed)
      : html`${drawn.map((each) => thread(each, placed))}`;
  const content = html`${placed.map(({ x }) => html`<line class="tick" x1="${at(x)}" x2="${at(x)}" y1="${top}" y2="${bottom}"/>`)}${headings.map((each, i) => heading(each, placed[i] as Placed))}
${shadeBar(colour, top, strong)}${threads}${placed.map((each, i) => markTexts(each, i === 0 ? room.first : room.others))}`;
  const words = `${title}: ${lines.length} lines by ${axes.map(({ label }) => label).join(', ')}`;
  return new Figure({
    title,
    note,
    body: html`<div class="scroll" tabindex="0" role="region" aria-label="${title}, picture"><svg class="wide" style="max-width: ${width}px; --least: ${Math.round(width * leastScale)}px" viewBox="0 0 ${width} ${height}" role="img" aria-label="${words}">
${content}</svg></div>`,
    drawing: { words, content, box: reachOf(headings, placed, width) },
  });
}

/** A line with its place on the last axis, from 0 to 1 where its colour is the strongest; undefined where it has none. */
interface Shaded {
  readonly each: ParallelLine;
  readonly share: number | undefined;
}

/** Where all stands. */
interface Layout {
  readonly placed: readonly Placed[];
  /** The lines of each axis's name. */
  readonly headings: readonly (readonly string[])[];
  /** Where the axes begin. */
  readonly top: number;
  readonly width: number;
  /** For the marks beside the first axis, and beside the others. */
  readonly room: { readonly first: number; readonly others: number };
}

function layoutOf(axes: readonly ParallelAxis[], lines: readonly ParallelLine[]): Layout {
  const scales = axes.map((each, i) =>
    scaleFor(
      each,
      lines.map(({ values }) => values[i] ?? null),
    ),
  );
  const widest = Math.max(0, ...(scales[0]?.texts ?? []).map((each) => textWidth(cut(each))));
  const left = Math.max(edge, widest + gap + 6);
  const spacing = Math.max(128, Math.min(210, (720 - left - edge) / (axes.length - 1)));
  const headings = axes.map(({ label }) =>
    shortened(wrapped(label, Math.min(spacing - gap, 2 * edge), textWidth)),
  );
  const top = gap + Math.max(...headings.map((each) => each.length)) * lineHeight;
  return {
    placed: scales.map((scale, i) => scale.placed(left + spacing * i, top)),
    headings,
    top,
    width: Math.ceil(left + spacing * (axes.length - 1) + edge),
    room: { first: left - gap, others: spacing - gap },
  };
}

/** What a file must have room for. */
function reachOf(headings: Layout['headings'], placed: readonly Placed[], width: number): Box {
  return joined(
    { left: 0, right: width, top: 0, bottom: height },
    headings.flatMap((each, i) =>
      each.map((words, k) =>
        boxOf(
          { x: placed[i]?.x ?? 0, y: (k + 0.5) * lineHeight, anchor: 'middle' },
          typeWidth(words),
        ),
      ),
    ),
  );
}

function check({ axes, lines }: Resolved<typeof parallelOptions>): void {
  const last = axes.at(-1);
  if (axes.length < 2 || last === undefined || last.categories !== undefined) {
    throw new RangeError(
      `axes: got ${axes.length}${last?.categories === undefined ? '' : ', the last one of words'}, takes at least two, the last one of numbers`,
    );
  }
  const wrong = lines.find(({ values }) => values.length !== axes.length);
  if (wrong !== undefined) {
    throw new RangeError(
      `lines: got ${wrong.values.length} values of '${wrong.name}', takes ${axes.length}, one for each axis`,
    );
  }
}

/** What an axis needs of its values before it has a place. */
interface AxisScale {
  /** What stands beside it. */
  readonly texts: readonly string[];
  placed(x: number, top: number): Placed;
}

function scaleFor(axis: ParallelAxis, values: readonly (number | string | null)[]): AxisScale {
  const { categories } = axis;
  if (categories !== undefined) {
    const places = new Map(categories.map((name, i) => [name, i]));
    return {
      texts: categories,
      placed: (x, top) => {
        const y = (i: number): number =>
          categories.length === 1
            ? (top + bottom) / 2
            : bottom - (i / (categories.length - 1)) * (bottom - top);
        return {
          axis,
          x,
          y: (value) => {
            const i = places.get(String(value));
            return value === null || i === undefined ? undefined : y(i);
          },
          text: String,
          marks: apart(categories.map((name, i) => ({ y: y(i), words: name }))),
        };
      },
    };
  }
  const format = axis.format ?? compact;
  const numbers = values.filter((v): v is number => typeof v === 'number' && placeable(v, axis));
  if (numbers.length === 0) {
    return { texts: [], placed: (x) => ({ axis, x, y: () => undefined, text: String, marks: [] }) };
  }
  const marks =
    axis.marks?.filter((value) => placeable(value, axis)) ??
    marksOf(scaleOf(axis, numbers, [1, 0]), axis, 6);
  return {
    texts: marks.map(format),
    placed: (x, top) => {
      const scale = scaleOf(axis, numbers, [bottom, top]);
      return {
        axis,
        x,
        y: (value) =>
          typeof value === 'number' && placeable(value, axis) ? scale(value) : undefined,
        text: (value) => format(Number(value)),
        marks: apart(marks.map((value) => ({ y: scale(value), words: format(value) }))),
      };
    },
  };
}

/** As many marks as have room above each other, the first among them. */
function apart<M extends { readonly y: number }>(marks: readonly M[]): M[] {
  const kept: M[] = [];
  for (const mark of marks) {
    const last = kept.at(-1);
    if (last === undefined || Math.abs(last.y - mark.y) >= lineHeight) kept.push(mark);
  }
  return kept;
}

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= mostLabelLines) return [...lines];
  return [
    ...lines.slice(0, mostLabelLines - 1),
    `${(lines[mostLabelLines - 1] ?? '').slice(0, -1)}…`,
  ];
}

function heading(lines: readonly string[], { x, axis }: Placed): Markup {
  return html`<g><title>${axis.label}</title>${lines.map((words, i) => html`<text class="name" x="${at(x)}" y="${(i + 0.5) * lineHeight}" dy="0.35em" text-anchor="middle">${words}</text>`)}</g>`;
}

/** The last axis in the colours that its values have. */
function shadeBar({ x }: Placed, top: number, strong: 'high' | 'low'): Markup {
  const step = (bottom - top) / shades;
  return html`${Array.from({ length: shades }, (_, i) => {
    const shade = strong === 'high' ? shades - 1 - i : i;
    return html`<rect class="shade r${shade}" x="${at(x - 3)}" y="${at(top + i * step)}" width="6" height="${at(step)}"/>`;
  })}`;
}

function shadeOf(share: number | undefined): string {
  return share === undefined ? 'faint' : `r${Math.min(shades - 1, Math.floor(share * shades))}`;
}

function pathOf({ values }: ParallelLine, placed: readonly Placed[]): string {
  const places = placed.map(({ x, y }, i): [number, number | undefined] => [x, y(values[i])]);
  return (
    line<[number, number | undefined]>(
      ([x]) => at(x),
      ([, y]) => at(y ?? 0),
    ).defined(([, y]) => y !== undefined)(places) ?? ''
  );
}

function thread({ each, share }: Shaded, placed: readonly Placed[]): Markup {
  const figures = placed.map((place, i) => {
    const value = each.values[i];
    return `${place.axis.label} ${value === null || value === undefined ? '–' : place.text(value)}`;
  });
  return html`<path class="thread ${shadeOf(share)}" d="${pathOf(each, placed)}"><title>${each.name}: ${figures.join(', ')}</title></path>\n`;
}

function inShades(drawn: readonly Shaded[], placed: readonly Placed[]): Markup {
  const paths = new Map<string, string>();
  for (const { each, share } of drawn) {
    const shade = shadeOf(share);
    paths.set(shade, `${paths.get(shade) ?? ''}${pathOf(each, placed)}`);
  }
  return html`${[...paths].map(([shade, d]) => html`<path class="thread ${shade}" d="${d}"/>`)}`;
}

function markTexts({ x, marks, axis }: Placed, room: number): Markup {
  const side = axis.categories === undefined ? room : Math.min(room, mostOfName);
  return html`${marks.map(({ y, words }) => {
    const shown = cut(words, side);
    const whole = shown === words ? html`` : html`<title>${words}</title>`;
    return html`<text class="name" x="${at(x - 8)}" y="${at(y)}" dy="0.35em" text-anchor="end">${whole}${shown}</text>`;
  })}`;
}

/** A text with as many of its signs as have room. */
function cut(words: string, room = mostOfName): string {
  if (textWidth(words) <= room) return words;
  const signs = Array.from(words);
  while (signs.length > 1 && textWidth(`${signs.join('')}…`) > room) signs.pop();
  return `${signs.join('')}…`;
}
