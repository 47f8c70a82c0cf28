import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { html, type Markup } from './html.ts';

/** One line of a chart. */
export interface Series {
  name: string;
  /** Which of the page's colours, from 0. */
  colour: number;
  dashed: boolean;
  /** x and y; a point that is not finite leaves a gap. */
  points: readonly (readonly [x: number, y: number])[];
}

/** What a chart shows. */
export interface LineChart {
  title: string;
  xLabel: string;
  series: readonly Series[];
  /** A y value as its axis and its tooltip show it. */
  format: (y: number) => string;
}

const width = 640;
const height = 360;
const margin = { top: 12, right: 16, bottom: 40, left: 56 };

/** A line chart as one SVG element, drawn here so that the page needs no script. */
export function lineChart({ title, xLabel, series, format }: LineChart): Markup {
  const shown = series.map((s) => ({ ...s, points: s.points.filter(isFinitePoint) }));
  const all = shown.flatMap((s) => s.points);
  if (all.length === 0) return html`<p>${title}: nothing was recorded.</p>`;
  const x = scaleLinear(extent(all.map((p) => p[0])), [margin.left, width - margin.right]);
  const y = scaleLinear(extent(all.map((p) => p[1])), [height - margin.bottom, margin.top]).nice();
  const path = line<readonly [number, number]>(
    (p) => x(p[0]),
    (p) => y(p[1]),
  ).defined(isFinitePoint);

  const rows = y
    .ticks(6)
    .map(
      (t) =>
        html`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${y(t)}" y2="${y(t)}"/><text x="${margin.left - 8}" y="${y(t)}" dy="0.32em" text-anchor="end">${format(t)}</text>`,
    );
  const columns = x
    .ticks(8)
    .filter((t) => Number.isInteger(t))
    .map(
      (t) =>
        html`<text x="${x(t)}" y="${height - margin.bottom + 18}" text-anchor="middle">${t}</text>`,
    );
  const lines = series.map(
    (s) =>
      html`<path class="line c${s.colour % 8}${s.dashed ? ' dashed' : ''}" d="${path(s.points) ?? ''}"/>`,
  );
  const dots = shown.flatMap((s) =>
    s.points.map(
      (p) =>
        html`<circle class="dot c${s.colour % 8}" cx="${x(p[0])}" cy="${y(p[1])}" r="3"><title>${s.name}, ${xLabel} ${p[0]}: ${format(p[1])}</title></circle>`,
    ),
  );
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title} by ${xLabel}; the tables below hold the same figures">
${rows}${columns}<text x="${(margin.left + width - margin.right) / 2}" y="${height - 4}" text-anchor="middle">${xLabel}</text>
${lines}${dots}</svg>`;
}

function isFinitePoint(p: readonly [number, number]): boolean {
  return Number.isFinite(p[0]) && Number.isFinite(p[1]);
}

/** The least and the greatest value, a little apart where they are the same. */
function extent(values: readonly number[]): [number, number] {
  const least = values.reduce((a, b) => Math.min(a, b));
  const greatest = values.reduce((a, b) => Math.max(a, b));
  return least === greatest ? [least - 0.5, greatest + 0.5] : [least, greatest];
}
