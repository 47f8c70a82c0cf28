import type { Curves } from '../data/curves.ts';
import { bandOf, type Band } from './band.ts';
import { type Look, lookOf } from './colours.ts';
import type { Line } from './lines.ts';
import { type Axis, type Figure, pointsOf, type Points } from './points.ts';
import { smooth } from './smoothing.ts';

/** A curve as it is drawn. */
export interface Curve extends Points {
  readonly name: string;
  readonly look: Look;
  /** What a smoothed curve was before; drawn pale behind it. */
  readonly raw?: Points;
  /** Of several runs: the deviation at each place, for the band. */
  readonly deviation?: Band['deviation'];
}

/** What a chart is drawn from. */
export interface Drawing {
  /** Whose curves, in the order of their dates. */
  readonly lines: readonly Line[];
  readonly curvesOf: (id: string) => Curves | undefined;
  /** Numbers of looks by the keys of lines. */
  readonly looks: ReadonlyMap<string, number>;
  readonly axis: Axis;
  /** From 0 to below 1. */
  readonly smoothing: number;
  /** Whether the figures' axis is logarithmic: what is not above 0 is left out. */
  readonly log: boolean;
}

/** The curves of a figure, one a line; lines without a value have none. */
export function curvesOfFigure(figure: Figure, drawing: Drawing): Curve[] {
  return drawing.lines.flatMap((line) => {
    const curve = curveOf(figure, line, drawing);
    return curve === undefined || curve.x.length === 0 ? [] : [curve];
  });
}

function curveOf(figure: Figure, line: Line, drawing: Drawing): Curve | undefined {
  const { curvesOf, looks, axis, log } = drawing;
  const weight = figure.smooth ? drawing.smoothing : 0;
  const raw = line.rows.flatMap(({ id }) => {
    const curves = curvesOf(id);
    const points = curves && pointsOf(curves, figure, axis);
    return points && points.x.length > 0 ? [log ? positive(points) : points] : [];
  });
  const [first] = raw;
  if (first === undefined) return undefined;
  const look = lookOf(looks.get(line.key) ?? 0);
  const smoothed = raw.map((points) => ({ ...points, y: smooth(points.y, weight) }));
  if (raw.length > 1) return { name: line.name, look, ...bandOf(smoothed) };
  return { name: line.name, look, ...(smoothed[0] as Points), ...(weight > 0 && { raw: first }) };
}

function positive(points: Points): Points {
  return { ...points, y: points.y.map((value) => (value !== null && value > 0 ? value : null)) };
}
