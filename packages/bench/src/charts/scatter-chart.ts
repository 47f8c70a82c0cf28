import {
  boolean,
  custom,
  type Given,
  list,
  options,
  optional,
  required,
  resolve,
  text,
} from '@mnet/core/options';
import { curveStepAfter, line } from 'd3-shape';
import { html, type Markup } from '../page/html.ts';
import { axisTaken, colourClass } from './axis.ts';
import { boxOf, joined } from './box.ts';
import { Figure } from './figure.ts';
import { front } from './front.ts';
import { placeLabels } from './labels.ts';
import { pictureOf, type Plane, plane } from './plane.ts';
import { typeWidth } from './text-width.ts';

/** One mark of a scatter chart. */
export interface Mark {
  readonly name: string;
  /** Which of the page's eight colours, from 0. */
  readonly colour: number;
  readonly x: number;
  readonly y: number;
  /** Ends of a line through the mark, such as a mean less and plus its deviation; absent: none. */
  readonly low?: number;
  readonly high?: number;
  /** A ring, which the front leaves out: a figure that others report. Default false. */
  readonly hollow?: boolean;
}

const mark = custom<Mark>(
  'a mark with name, colour, x and y',
  (value) => typeof (value as Mark | null)?.x === 'number' && typeof (value as Mark).y === 'number',
);

const scatterChartOptions = options({
  title: required(text('a title')),
  x: required(axisTaken),
  y: required(axisTaken),
  marks: required(list(mark)),
  /** Draws the line of those that are best: none with less x has more y. Default false. */
  front: optional(boolean(), false),
  /** A sentence below the title. */
  note: optional(text('a sentence')),
});

/** What {@link scatterChart} shows. */
export interface ScatterChartOptions extends Given<typeof scatterChartOptions> {}

/**
 * Marks by two figures, named beside them where there is room, else in a key, as a `<figure>` with one SVG. Where nothing
 * can be drawn the figure says so.
 *
 * @throws for an option that is unknown, missing or not taken.
 */
export function scatterChart(given: ScatterChartOptions): Figure {
  const {
    title,
    x,
    y,
    marks,
    front: drawFront,
    note,
  } = resolve(scatterChartOptions, given, 'scatterChart');
  const values = marks.flatMap((m): [number, number][] => [
    [m.x, m.y],
    [m.x, m.low ?? m.y],
    [m.x, m.high ?? m.y],
  ]);
  const heights = marks.map((m) => m.y).filter((height) => Number.isFinite(height));
  // No mark lies on the axis.
  const room = y.log === true ? 0 : 0.08 * (Math.max(...heights) - Math.min(...heights));
  const lowest = marks.map((m): [number, number] => [m.x, (m.low ?? m.y) - room]);
  const drawn = plane(x, y, [...values, ...lowest]);
  if (drawn === undefined) return new Figure({ title, note });
  const shown = marks.filter((m) => drawn.has(m.x, m.y));
  const labels = placeLabels(
    shown.map((m) => ({ x: drawn.x(m.x), y: drawn.y(m.y), text: m.name })),
    { left: drawn.left, right: drawn.width, top: 0, bottom: drawn.bottom },
  );
  const named = shown.flatMap(({ name }, i) => {
    const label = labels[i];
    return label === undefined ? [] : [{ name, label }];
  });
  const words = `${title} by ${x.label}: ${shown.map((m) => m.name).join(', ')}`;
  const content = html`${drawn.axes}${drawFront ? frontLine(shown, drawn) : ''}${shown.map((m) => dot(m, drawn))}${named.map(
    ({ name, label }) =>
      html`<text class="name" x="${label.x}" y="${label.y}" dy="0.35em" text-anchor="${label.anchor}">${name}</text>`,
  )}`;
  return new Figure({
    title,
    note,
    key: (named.length < shown.length ? shown : []).map(({ name, colour, hollow }) => ({
      name,
      colour,
      mark: hollow === true ? 'hollow' : 'dot',
    })),
    body: pictureOf(drawn, words, content),
    drawing: {
      words,
      content,
      box: joined(
        drawn.reach,
        named.map(({ name, label }) => boxOf(label, typeWidth(name))),
      ),
    },
  });
}

function frontLine(marks: readonly Mark[], { x, y, right }: Plane): Markup {
  const best = front(marks.filter(({ hollow }) => hollow !== true));
  const last = best.at(-1);
  if (last === undefined) return html``;
  const places = [
    ...best.map((m): [number, number] => [x(m.x), y(m.y)]),
    [right, y(last.y)] as [number, number],
  ];
  return html`<path class="line dashed c7" d="${line().curve(curveStepAfter)(places) ?? ''}"><title>front: none with less reaches more</title></path>`;
}

function dot(
  { name, colour, low, high, hollow, ...m }: Mark,
  { x, y, formatX, formatY, has }: Plane,
): Markup {
  const whiskers =
    low !== undefined && high !== undefined && has(m.x, low) && has(m.x, high)
      ? html`<path class="line ${colourClass(colour)}" d="M${x(m.x)},${y(low)}V${y(high)}"/>`
      : html``;
  return html`${whiskers}<circle class="${hollow === true ? 'hollow' : 'dot'} ${colourClass(colour)}" cx="${x(m.x)}" cy="${y(m.y)}" r="5.5"><title>${name}: ${formatY(m.y)} at ${formatX(m.x)}</title></circle>`;
}
