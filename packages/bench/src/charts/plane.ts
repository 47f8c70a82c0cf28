import { compact } from '../page/format.ts';
import { html, type Markup } from '../page/html.ts';
import type { Axis } from './axis.ts';
import { type Box, boxOf, joined } from './box.ts';
import { marksOf, placeable, type Scale, scaleOf } from './scale.ts';
import { textWidth, typeWidth } from './text-width.ts';

// The scales, lines and areas are d3's, the marks are written here. ECharts 6 (SVG without a DOM) and Observable Plot 0.6
// (in linkedom) were tried on the same figures. ECharts has marks of a logarithmic axis at powers of ten alone, which leaves
// a loss without any, gives styles names that clash between charts of one page, shows values by a script only, and is
// 62 MB to install. Plot needs a DOM and 50 packages. Both give every cell of a heat map an element, 1 to 2 MB of
// 100 classes, blend the heat map's colours before CSS can choose them, and leave labels that overlap to their caller.

/** Where a chart's values lie in its picture, and the axes drawn. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** Whether both can be placed: finite, and above 0 on a logarithmic axis. */
  readonly has: (x: number, y: number) => boolean;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  /** Its edges. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly axes: Markup;
  /** What it covers, with labels that stand out over its edges. */
  readonly reach: Box;
}

const width = 520;
const height = 320;

/** The plane that has room for all of these values; undefined where none of them can be placed. */
export function plane(
  x: Axis,
  y: Axis,
  values: readonly (readonly [x: number, y: number])[],
): Plane | undefined {
  const has = (a: number, b: number): boolean => placeable(a, x) && placeable(b, y);
  const shown = values.filter(([a, b]) => has(a, b));
  if (shown.length === 0) return undefined;

  const formatX = x.format ?? compact;
  const formatY = y.format ?? compact;
  const [top, bottom, right] = [14, height - 46, width - 14];
  const scaleY = scaleOf(
    y,
    shown.map((p) => p[1]),
    [bottom, top],
  );
  const rows = marksOf(scaleY, y, 6);
  const left = Math.ceil(16 + Math.max(...rows.map((t) => textWidth(formatY(t)))));
  const scaleX = scaleOf(
    x,
    shown.map((p) => p[0]),
    [left, right],
  );
  const columns = fitting(scaleX, x, formatX, right - left);
  const axes = html`${rows.map(
    (t) =>
      html`<line class="grid" x1="${left}" x2="${right}" y1="${at(scaleY(t))}" y2="${at(scaleY(t))}"/><text x="${left - 8}" y="${at(scaleY(t))}" dy="0.35em" text-anchor="end">${formatY(t)}</text>`,
  )}${columns.map(
    (t) =>
      html`<line class="tick" x1="${at(scaleX(t))}" x2="${at(scaleX(t))}" y1="${bottom}" y2="${bottom + 5}"/><text x="${at(scaleX(t))}" y="${bottom + 23}" text-anchor="middle">${formatX(t)}</text>`,
  )}<text x="${(left + right) / 2}" y="${height - 5}" text-anchor="middle">${x.label}</text>`;
  const below = (words: string, place: number): Box =>
    boxOf({ x: place, y: bottom, anchor: 'middle' }, typeWidth(words));
  const reach = joined({ left: 0, right: width, top: 0, bottom: height }, [
    below(x.label, (left + right) / 2),
    ...columns.map((t) => below(formatX(t), scaleX(t))),
    ...rows.map((t) => boxOf({ x: left - 8, y: scaleY(t), anchor: 'end' }, typeWidth(formatY(t)))),
  ]);
  return {
    width,
    height,
    has,
    formatX,
    formatY,
    left,
    right,
    top,
    bottom,
    axes,
    reach,
    x: (value) => at(scaleX(value)),
    y: (value) => at(scaleY(value)),
  };
}

/** What was drawn in a plane as a page's picture. */
export function pictureOf(drawn: Plane, words: string, content: Markup): Markup {
  return html`<svg viewBox="0 0 ${drawn.width} ${drawn.height}" role="img" aria-label="${words}">
${content}</svg>`;
}

/** A place in the picture, with as many digits as can be seen. */
export function at(place: number): number {
  return Math.round(place * 10) / 10;
}

/** As many marks as have room beside each other. */
function fitting(
  scaled: Scale,
  axis: Axis,
  format: (value: number) => string,
  room: number,
): number[] {
  for (let most = 8; most > 1; most--) {
    const found = marksOf(scaled, axis, most);
    const places = found.map((t) => scaled(t));
    const gaps = places.slice(1).map((place, i) => place - (places[i] as number));
    const widest = Math.max(0, ...found.map((t) => textWidth(format(t)) + 10));
    if (widest < room && gaps.every((gap) => gap >= widest)) return found;
  }
  return marksOf(scaled, axis, 2).slice(0, 1);
}
