import uPlot from 'uplot';
import type { Curve } from '../model/drawing.ts';
import type { Axis } from '../model/points.ts';
import { duration, number, percent } from '../model/format.ts';

// uPlot in its mode 2, where each curve has places of its own: runs do not meet at the same seconds.

/** How a plot is drawn; at another of these it is made anew. */
export interface PlotStyle {
  readonly width: number;
  readonly height: number;
  readonly axis: Axis;
  readonly log: boolean;
  readonly percent: boolean;
}

type Faceted = [null, ...[(number | null)[], (number | null)[]][]];

/** The ranges that a reader has zoomed to. */
export type Zoom = Readonly<Record<'x' | 'y', { min: number; max: number }>>;

/** A plot in an element. */
export class Plot {
  readonly #plot: uPlot;
  #curves: readonly Curve[];
  /** Whether the reader has zoomed in: new data leave the range then. */
  #zoomed = false;

  /**
   * @param moved told where the reader points, in the units of the axis; undefined where nowhere
   * @param zoom what the plot before this one was zoomed to
   */
  constructor(
    parent: HTMLElement,
    curves: readonly Curve[],
    style: PlotStyle,
    moved: (x: number | undefined) => void,
    zoom?: Zoom,
  ) {
    this.#curves = curves;
    const options = this.#options(style, coloursOf(parent), moved);
    this.#plot = new uPlot(options, dataOf(curves) as unknown as uPlot.AlignedData, parent);
    if (zoom === undefined) return;
    this.#zoomed = true;
    this.#zoomTo(zoom);
  }

  /** Undefined where all is shown. */
  get zoom(): Zoom | undefined {
    const { x, y } = this.#plot.scales;
    return this.#zoomed ? ({ x: rangeOf(x), y: rangeOf(y) } as Zoom) : undefined;
  }

  /** Draws other values of the same curves. */
  update(curves: readonly Curve[]): void {
    const { zoom } = this;
    this.#curves = curves;
    this.#plot.setData(dataOf(curves) as unknown as uPlot.AlignedData, zoom === undefined);
    if (zoom) this.#zoomTo(zoom);
  }

  resize(width: number, height: number): void {
    this.#plot.setSize({ width, height });
  }

  /** Points at a place of the axis, or nowhere. */
  point(x: number | undefined): void {
    const left = x === undefined ? -10 : this.#plot.valToPos(x, 'x');
    this.#plot.setCursor({ left, top: x === undefined ? -10 : 4 });
  }

  /** Where a place of the axis is, in pixels from the left of the element. */
  left(x: number): number {
    return this.#plot.valToPos(x, 'x') + this.#plot.over.offsetLeft;
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #zoomTo({ x, y }: Zoom): void {
    this.#plot.setScale('x', { ...x });
    this.#plot.setScale('y', { ...y });
  }

  #options(style: PlotStyle, colours: Colours, moved: (x?: number) => void): uPlot.Options {
    const { width, height, log } = style;
    return {
      mode: 2,
      width,
      height,
      padding: [10, 12, 0, 0],
      legend: { show: false },
      cursor: {
        drag: { x: true, y: true, uni: 24 },
        points: { show: false },
        y: false,
      },
      scales: {
        x: { time: false, range: (_, min, max) => wide(min, max) },
        y: log
          ? {
              distr: 3,
              range: (_, min, max) =>
                min == null ? [0.1, 1] : uPlot.rangeLog(min, max, 10, false),
            }
          : {
              range: (_, min, max) =>
                min == null ? [0, 1] : uPlot.rangeNum(min, max, 0.08, false),
            },
      },
      axes: axesOf(style, colours),
      series: [
        null as unknown as uPlot.Series,
        ...this.#curves.flatMap((curve) => seriesOf(curve, colours)),
      ],
      hooks: {
        drawAxes: [(plot) => this.#drawBands(plot, colours)],
        setScale: [forgetPaths],
        setSelect: [() => void (this.#zoomed = true)],
        setCursor: [
          (plot) => {
            const { left = -1 } = plot.cursor;
            moved(left < 0 ? undefined : plot.posToVal(left, 'x'));
          },
        ],
        ready: [
          ({ over }) => {
            over.addEventListener('dblclick', () => void (this.#zoomed = false), { capture: true });
          },
        ],
      },
    };
  }

  #drawBands(plot: uPlot, colours: Colours): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.globalAlpha = 0.18;
    for (const { x, y, deviation, look } of this.#curves) {
      if (deviation === undefined) continue;
      const edges = x.flatMap((at, i) => {
        const [value, spread] = [y[i], deviation[i]];
        return value == null || spread == null
          ? []
          : [[at, value - spread, value + spread] as const];
      });
      const floor = plot.scales.y?.min ?? 0;
      ctx.beginPath();
      for (const [at, , high] of edges) ctx.lineTo(...place(plot, at, high));
      for (const [at, low] of edges.toReversed())
        ctx.lineTo(...place(plot, at, Math.max(low, floor)));
      ctx.closePath();
      ctx.fillStyle = colours.curves[look.colour] as string;
      ctx.fill();
    }
    ctx.restore();
  }
}

function place(plot: uPlot, x: number, y: number): [number, number] {
  return [plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true)];
}

function rangeOf(scale: uPlot.Scale | undefined): object {
  return { min: scale?.min, max: scale?.max };
}

/** uPlot keeps the paths of mode 2 where only the horizontal range has changed. */
function forgetPaths(plot: uPlot): void {
  for (const series of plot.series) {
    if (series) Reflect.set(series, '_paths', null);
  }
}

/** A range for a single place, too. */
function wide(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  return min === max ? [min - 1, max + 1] : [min, max];
}

function dataOf(curves: readonly Curve[]): Faceted {
  const facets = curves.flatMap(({ x, y, raw }) => [
    ...(raw ? [[[...raw.x], [...raw.y]] as [number[], (number | null)[]]] : []),
    [[...x], [...y]] as [number[], (number | null)[]],
  ]);
  return [null, ...facets];
}

const paths = uPlot.paths.linear?.() as uPlot.Series.PathBuilder;

function seriesOf({ look, raw, x }: Curve, colours: Colours): uPlot.Series[] {
  const stroke = colours.curves[look.colour] as string;
  const shared: uPlot.Series = {
    stroke,
    paths,
    width: 1.5,
    spanGaps: true,
    facets: [
      { scale: 'x', auto: true, sorted: 1 },
      { scale: 'y', auto: true },
    ],
    ...(look.dashed && { dash: [6, 4] }),
    // A line of one place cannot be seen.
    points: { show: x.length === 1, size: 6, fill: stroke },
  };
  return raw ? [{ ...shared, alpha: 0.25, width: 1 }, shared] : [shared];
}

function axesOf({ axis, percent: parts }: PlotStyle, colours: Colours): uPlot.Axis[] {
  const shared = {
    stroke: colours.quiet,
    grid: { stroke: colours.rule, width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  const along = axis === 'time' ? duration : number;
  const figure = parts ? (value: number) => percent(value).replace('.00%', '%') : number;
  const words = (write: (value: number) => string) => (_: uPlot, splits: (number | null)[]) =>
    splits.map((value) => (value === null ? '' : write(value)));
  return [
    { ...shared, size: 28, values: words(along) },
    { ...shared, size: 62, values: words(figure) },
  ];
}

interface Colours {
  readonly curves: readonly string[];
  readonly quiet: string;
  readonly rule: string;
}

/** The style sheet's colours, for the canvas. */
function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const named = (name: string): string => style.getPropertyValue(name).trim();
  return {
    curves: Array.from({ length: 8 }, (_, i) => named(`--c${i}`)),
    quiet: named('--quiet'),
    rule: named('--rule'),
  };
}
