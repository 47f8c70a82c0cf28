import type { RefObject, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Curve } from '../model/drawing.ts';
import { duration, number, percent, spread } from '../model/format.ts';
import { nearest } from '../model/nearest.ts';
import type { Axis, Figure } from '../model/points.ts';
import { Plot, type Zoom } from './plot.ts';
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
  const [at, setAt] = useState<number>();
  const width = useWidth(element);

  const style = { axis, log, percent: figure.percent ?? false };
  const key = [...Object.values(style), theme, ...curves.map(seriesKey), width === 0].join('\n');
  const ranges = `${axis} ${log}`;
  const zoom = useRef<{ ranges: string; to: Zoom | undefined }>({ ranges, to: undefined });
  useEffect(() => {
    if (width === 0) return undefined;
    const size = { ...style, width, height: HEIGHT };
    // Runs that come and go leave the reader where they are.
    const to = zoom.current.ranges === ranges ? zoom.current.to : undefined;
    const made = new Plot(element.current as HTMLDivElement, curves, size, setAt, to);
    plot.current = made;
    return () => {
      zoom.current = { ranges, to: made.zoom };
      made.destroy();
      plot.current = undefined;
    };
  }, [key]);
  useEffect(() => plot.current?.update(curves), [curves]);
  useEffect(() => {
    if (width > 0) plot.current?.resize(width, HEIGHT);
  }, [width]);

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

/** The width of an element that is in view or near it; else 0. */
function useWidth(element: RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const size = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    const view = new IntersectionObserver(
      (entries) => setNear(entries.at(-1)?.isIntersecting ?? false),
      { rootMargin: '300px' },
    );
    for (const observer of [size, view]) observer.observe(element.current as HTMLDivElement);
    return () => {
      for (const observer of [size, view]) observer.disconnect();
    };
  }, []);
  return near ? width : 0;
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
      return x == null || y == null ? [] : [{ curve, x, y, off: curve.deviation?.[i] }];
    })
    .toSorted((a, b) => b.y - a.y);
  const near = values.reduce<(typeof values)[number] | undefined>(
    (best, each) => (best && Math.abs(best.x - at) <= Math.abs(each.x - at) ? best : each),
    undefined,
  );
  const along = axis === 'time' ? duration : number;
  const before = left > width / 2;
  return (
    <div
      class={`told ${before ? 'before' : ''}`}
      style={{ left: `${left}px`, '--room': `${before ? left : width - left}px` }}
      role="status"
    >
      <div class="quiet">
        {axis} {near && along(near.x)}
      </div>
      {values.slice(0, TOLD).map(({ curve, y, off }) => (
        <div key={curve.name} class="value">
          <Swatch look={curve.look} />
          <span>
            <bdi>{curve.name}</bdi>
          </span>
          <b>
            {write(y)}
            {off != null && ` ${spread(off, write)}`}
          </b>
        </div>
      ))}
      {values.length > TOLD && <div class="quiet">and {values.length - TOLD} more</div>}
    </div>
  );
}
