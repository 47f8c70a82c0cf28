import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Curve } from '../model/drawing.ts';
import { duration, number, percent } from '../model/format.ts';
import { nearest } from '../model/nearest.ts';
import type { Axis, Figure } from '../model/points.ts';
import { Plot } from './plot.ts';
import { Swatch } from './swatch.tsx';

const HEIGHT = 230;
/** So many values are told of the place that the reader points at. */
const TOLD = 12;

/** What a chart shows. */
interface ChartProps {
  readonly figure: Figure;
  readonly curves: readonly Curve[];
  readonly axis: Axis;
  readonly log: boolean;
  /** Changes with the colours. */
  readonly theme: string;
}

/** One figure of all runs that are shown. */
export function Chart({ figure, curves, axis, log, theme }: ChartProps): VNode {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | undefined>(undefined);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number>();
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(element.current as HTMLDivElement);
    return () => observer.disconnect();
  }, []);

  const style = { axis, log, percent: figure.percent ?? false };
  const made = [...Object.values(style), theme, ...curves.map(seriesKey), width === 0].join('\n');
  useEffect(() => {
    if (width === 0) return undefined;
    const size = { width, height: HEIGHT };
    plot.current = new Plot(
      element.current as HTMLDivElement,
      curves,
      { ...style, ...size },
      setAt,
    );
    return () => {
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [made]);
  useEffect(() => plot.current?.update(curves), [curves]);
  useEffect(() => plot.current?.resize(width, HEIGHT), [width]);

  const move = (event: KeyboardEvent): void => {
    const next = placeAfter(event.key, at, curves);
    if (next === at) return;
    event.preventDefault();
    plot.current?.point(next);
  };
  return (
    <figure>
      <figcaption>{figure.title}</figcaption>
      <div
        class="plot"
        ref={element}
        role="img"
        tabIndex={0}
        aria-label={said(figure, curves)}
        onKeyDown={move}
        onBlur={() => plot.current?.point(undefined)}
      >
        {at !== undefined && plot.current && (
          <Told
            figure={figure}
            curves={curves}
            axis={axis}
            at={at}
            left={plot.current.left(at)}
            width={width}
          />
        )}
      </div>
    </figure>
  );
}

/** What makes other series of a curve. */
function seriesKey({ name, look, raw, x }: Curve): string {
  return `${name} ${look.colour} ${look.dashed} ${raw !== undefined} ${x.length === 1}`;
}

/** Where an arrow key leads from a place. */
function placeAfter(
  key: string,
  at: number | undefined,
  curves: readonly Curve[],
): number | undefined {
  if (key === 'Escape') return undefined;
  const x = curves.reduce<readonly number[]>((a, b) => (b.x.length > a.length ? b.x : a), []);
  const last = x.length - 1;
  if (last < 0) return at;
  const here = at === undefined ? (key === 'ArrowRight' ? -1 : last + 1) : nearest(x, at);
  const next = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[key];
  return next === undefined ? at : x[Math.min(last, Math.max(0, next))];
}

const writer = ({ percent: parts }: Figure) => (parts ? percent : number);

function said(figure: Figure, curves: readonly Curve[]): string {
  const write = writer(figure);
  const lasts = curves.slice(0, TOLD).map(({ name, y }) => {
    const value = y.findLast((each) => each !== null);
    return `${name} ${value == null ? 'none' : write(value)}`;
  });
  return `${figure.title}, last values: ${lasts.join('; ')}. Arrow keys read the values.`;
}

/** Whether a curve has values about a place: one that ended long before it has none to tell. */
function reaches({ x }: Curve, at: number, curves: readonly Curve[]): boolean {
  const longest = Math.max(...curves.map((curve) => curve.x.at(-1) ?? 0));
  const [first = 0, last = 0] = [x[0], x.at(-1)];
  return at >= first - longest / 50 && at <= last + longest / 50;
}

interface ToldProps extends Pick<ChartProps, 'figure' | 'curves' | 'axis'> {
  readonly at: number;
  readonly left: number;
  readonly width: number;
}

/** The values at the place that the reader points at, the largest first. */
function Told({ figure, curves, axis, at, left, width }: ToldProps): VNode {
  const write = writer(figure);
  const values = curves
    .flatMap((curve) => {
      const i = nearest(curve.x, at);
      const [x, y] = [curve.x[i], curve.y[i]];
      if (!reaches(curve, at, curves)) return [];
      return x == null || y == null ? [] : [{ curve, x, y, spread: curve.deviation?.[i] }];
    })
    .toSorted((a, b) => b.y - a.y);
  const near = values.reduce<(typeof values)[number] | undefined>(
    (best, each) => (best && Math.abs(best.x - at) <= Math.abs(each.x - at) ? best : each),
    undefined,
  );
  const along = axis === 'time' ? duration : number;
  return (
    <div
      class={`told ${left > width / 2 ? 'before' : ''}`}
      style={{ left: `${left}px` }}
      role="status"
    >
      <div class="quiet">
        {axis} {near && along(near.x)}
      </div>
      {values.slice(0, TOLD).map(({ curve, y, spread }) => (
        <div key={curve.name} class="value">
          <Swatch look={curve.look} />
          <span>{curve.name}</span>
          <b>
            {write(y)}
            {spread != null && ` ± ${write(spread)}`}
          </b>
        </div>
      ))}
      {values.length > TOLD && <div class="quiet">and {values.length - TOLD} more</div>}
    </div>
  );
}
