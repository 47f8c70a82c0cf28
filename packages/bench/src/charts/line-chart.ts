import {
  custom,
  type Given,
  list,
  options,
  optional,
  required,
  resolve,
  text,
} from '@mnet/core/options';
import { area, curveLinear, curveStepAfter, line } from 'd3-shape';
import { html, type Markup } from '../page/html.ts';
import { axisTaken, colourClass, lineClass } from './axis.ts';
import { Figure } from './figure.ts';
import { at, pictureOf, type Plane, plane } from './plane.ts';

/** One value of a line, with the band around it. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** The band's edges, such as a mean less and plus its deviation; absent: no band here. */
  readonly low?: number;
  readonly high?: number;
}

/** One line of a chart. */
export interface Series {
  readonly name: string;
  /** Which of the page's eight colours, from 0. */
  readonly colour: number;
  /** Default false. */
  readonly dashed?: boolean;
  /** In the order of x; one that is not finite leaves a gap. */
  readonly points: readonly Point[];
  /** Why the line ends early, such as `diverged`: its last point is crossed out. */
  readonly ended?: string;
  /** How its points are joined: by lines (the default), by steps, of which each holds until the next, or not at all. */
  readonly join?: 'lines' | 'steps' | 'none';
  /** One of many that stand behind the others: pale, without dots, band and name in the key. Default false. */
  readonly faint?: boolean;
}

const series = custom<Series>('a line with name, colour and points', (value) =>
  Array.isArray((value as Series | null)?.points),
);

const lineChartOptions = options({
  title: required(text('a title')),
  x: required(axisTaken),
  y: required(axisTaken),
  /** The lines. */
  series: required(list(series)),
  /** A sentence below the title. */
  note: optional(text('a sentence')),
});

/** What {@link lineChart} shows. */
export interface LineChartOptions extends Given<typeof lineChartOptions> {}

// More dots than these are a thick line, and most of the page's size.
const dotsALine = 40;

/**
 * Lines, with bands around those that have them, as a `<figure>` with title, key and one SVG. Each point of a short line
 * shows its figures under the pointer. Where nothing can be drawn the figure says so.
 *
 * @throws for an option that is unknown, missing or not taken.
 */
export function lineChart(given: LineChartOptions): Figure {
  const { title, x, y, series: lines, note } = resolve(lineChartOptions, given, 'lineChart');
  const values = lines.flatMap((s) =>
    s.points.flatMap((p): [number, number][] =>
      p.low === undefined || p.high === undefined
        ? [[p.x, p.y]]
        : [
            [p.x, p.y],
            [p.x, p.low],
            [p.x, p.high],
          ],
    ),
  );
  const drawn = plane(x, y, values);
  if (drawn === undefined) return new Figure({ title, note });
  const behind = lines.filter(({ faint }) => faint === true);
  const named = lines.filter(({ faint }) => faint !== true);
  const others = behind.length === 0 ? [] : [`${behind.length} others`];
  const words = `${title} by ${x.label}: ${[...named.map((s) => s.name), ...others].join(', ')}`;
  const content = html`${drawn.axes}${behind.map((s) => stroke(s, drawn))}${named.map((s) => band(s, drawn))}${named.map((s) => stroke(s, drawn))}${named.map((s) => dots(s, drawn, x.label))}`;
  return new Figure({
    title,
    note,
    key: [
      ...named.map(({ name, colour, dashed, join }) =>
        join === 'none' ? { name, colour, mark: 'dot' as const } : { name, colour, dashed },
      ),
      ...others.map((name) => ({ name, colour: 0, mark: 'faint' as const })),
    ],
    body: pictureOf(drawn, words, content),
    drawing: { words, content, box: drawn.reach },
  });
}

function band(s: Series, { x, y, has }: Plane): Markup {
  const whole = (p: Point): boolean =>
    has(p.x, p.low ?? Number.NaN) && has(p.x, p.high ?? Number.NaN);
  if (!s.points.some(whole)) return html``;
  const path = area<Point>()
    .defined(whole)
    .x((p) => x(p.x))
    .y0((p) => y(p.low as number))
    .y1((p) => y(p.high as number));
  return html`<path class="band ${colourClass(s.colour)}" d="${path(s.points) ?? ''}"/>`;
}

function stroke({ name, points, ...s }: Series, { x, y, has }: Plane): Markup {
  if (s.join === 'none') return html``;
  const path = line<Point>(
    (p) => x(p.x),
    (p) => y(p.y),
  )
    .defined((p) => has(p.x, p.y))
    .curve(s.join === 'steps' ? curveStepAfter : curveLinear);
  const d = path(points) ?? '';
  if (s.faint === true)
    return html`<path class="line faint" d="${d}"><title>${name}</title></path>`;
  return html`<path class="${lineClass(s.colour, s.dashed)}" d="${d}"/>`;
}

function dots(s: Series, drawn: Plane, xLabel: string): Markup {
  const shown = s.points.filter((p) => drawn.has(p.x, p.y));
  const last = shown.at(-1);
  const marks = shown.length > dotsALine && s.join !== 'none' ? [] : shown;
  const colour = colourClass(s.colour);
  return html`${marks.map(
    (p) =>
      html`<circle class="dot ${colour}" cx="${drawn.x(p.x)}" cy="${drawn.y(p.y)}" r="3"><title>${s.name}, ${xLabel} ${drawn.formatX(p.x)}: ${drawn.formatY(p.y)}</title></circle>`,
  )}${last === undefined || s.ended === undefined ? '' : cross(drawn.x(last.x), drawn.y(last.y), colour, `${s.name}: ${s.ended}`)}`;
}

function cross(x: number, y: number, colour: string, words: string): Markup {
  const r = 6;
  return html`<path class="end ${colour}" d="M${at(x - r)},${at(y - r)}l${2 * r},${2 * r}m0,${-2 * r}l${-2 * r},${2 * r}"><title>${words}</title></path>`;
}
