import {
  boolean,
  callable,
  custom,
  type Given,
  list,
  number,
  options,
  optional,
  required,
  type Resolved,
  resolve,
  text,
} from '@mnet/core/options';
import { compact } from '../page/format.ts';
import { html, type Markup } from '../page/html.ts';
import { type Box, boxOf, joined } from './box.ts';
import { Figure } from './figure.ts';
import { at } from './plane.ts';
import { pictureType, textWidth, typeWidth } from './text-width.ts';

const heatMapOptions = options({
  title: required(text('a title')),
  /** What the rows are, such as `label`. */
  rowLabel: required(text('a word')),
  /** What the columns are, such as `guess`. */
  columnLabel: required(text('a word')),
  rows: required(list(text('a name'))),
  columns: required(list(text('a name'))),
  /** By [row][column]; a value of 0 or below, and one that is null or not finite, leaves its cell empty. */
  values: required(
    custom<readonly (readonly (number | null)[])[]>(
      'a list of rows of numbers',
      (value) => Array.isArray(value) && value.every((row) => Array.isArray(row)),
    ),
  ),
  /** The value of the strongest colour; default the greatest there is. */
  max: optional(number({ above: 0 })),
  /** The diagonal in blue and all else in orange, whose strongest colour is its own greatest value: a confusion matrix. Default false. */
  diagonal: optional(boolean(), false),
  /** A value as its cell and its tooltip show it; default three digits and a unit. */
  format: optional(callable<(value: number) => string>('a function of a number'), compact),
  /** A sentence below the title. */
  note: optional(text('a sentence')),
});

/** What {@link heatMap} shows. */
export interface HeatMapOptions extends Given<typeof heatMapOptions> {}

interface Drawn extends Required<Omit<HeatMapOptions, 'note' | 'max'>> {
  readonly size: number;
  readonly strength: (row: number, column: number) => number;
}

// Up to here a cell has room for its figure; above, cells of one strength are one path, or the page would be megabytes.
const mostWithFigures = 24;
const shades = 12;
const smallType = 8;

/**
 * A table of figures as coloured cells, as a `<figure>` with one SVG. Up to 24 columns each cell has its figure; a larger
 * one is as wide as the page and scrolls on a telephone.
 *
 * @throws for an option that is unknown, missing or not taken, and unless `values` has a row for each of `rows` and
 *   a value for each of `columns`.
 */
export function heatMap(given: HeatMapOptions): Figure {
  const resolved = resolve(heatMapOptions, given, 'heatMap');
  const { title, rowLabel, columnLabel, rows, columns, values, note } = resolved;
  if (values.length !== rows.length || values.some((row) => row.length !== columns.length)) {
    throw new RangeError(
      `values: got ${values.length} rows of ${values[0]?.length ?? 0}, takes ${rows.length} rows of ${columns.length}`,
    );
  }
  const small = columns.length <= mostWithFigures;
  const size = small ? 36 : 9;
  const drawn: Drawn = { ...resolved, size, strength: strengths(resolved) };
  const [width, height] = [columns.length * size, rows.length * size];
  const cells = html`${small ? withFigures(drawn) : inShades(drawn)}<rect class="frame" width="${width}" height="${height}"/>`;
  const words = `${title}: ${rowLabel} by ${columnLabel}`;

  const scale = small ? 0.9 : 0.55;
  const onPage = margins(drawn, (name) => textWidth(name) * scale);
  const total = [at(onPage.left + width + 2), at(height + onPage.below + 2)] as const;
  const picture = html`<svg class="${small ? '' : 'small wide'}" style="max-width: ${small ? total[0] : total[0] * 1.15}px" viewBox="${at(-onPage.left)} -1 ${total[0]} ${total[1]}" role="img" aria-label="${words}">
${cells}
${labels(drawn, onPage)}</svg>`;

  const type = (name: string): number => typeWidth(name, small ? pictureType : smallType);
  const inFile = margins(drawn, type);
  const drawing = {
    words,
    content: html`${cells}${labels(drawn, inFile)}`,
    box: joined(
      { left: -inFile.left, right: width + 2, top: -1, bottom: height + inFile.below + 1 },
      [
        boxOf({ x: width / 2, y: height, anchor: 'middle' }, type(columnLabel)),
        turned(boxOf({ x: height / 2, y: 0, anchor: 'middle' }, type(rowLabel))),
      ],
    ),
    small: !small,
  };
  return new Figure({
    title,
    note,
    body: html`<div class="scroll" tabindex="0" role="region" aria-label="${title}, picture">${picture}</div>`,
    drawing: width * height === 0 ? undefined : drawing,
  });
}

/** Room beside and below the cells for the names and what they are. */
interface Margins {
  readonly left: number;
  readonly below: number;
}

function margins({ rows, columns }: Drawn, width: (name: string) => number): Margins {
  return {
    left: 24 + Math.max(0, ...rows.map(width)),
    below: 32 + Math.max(0, ...columns.map(width)),
  };
}

function labels(
  { rows, columns, rowLabel, columnLabel, size }: Drawn,
  { left, below }: Margins,
): Markup {
  const [width, height] = [columns.length * size, rows.length * size];
  return html`${rows.map((name, i) => html`<text x="-5" y="${(i + 0.5) * size}" dy="0.35em" text-anchor="end">${name}</text>`)}${columns.map(
    (name, i) =>
      html`<text transform="translate(${(i + 0.5) * size} ${height + 6}) rotate(-90)" dy="0.35em" text-anchor="end">${name}</text>`,
  )}<text x="${width / 2}" y="${at(height + below - 4)}" text-anchor="middle">${columnLabel}</text><text transform="translate(${at(14 - left)} ${height / 2}) rotate(-90)" text-anchor="middle">${rowLabel}</text>`;
}

function withFigures({
  rows,
  columns,
  values,
  size,
  strength,
  diagonal,
  format,
  ...names
}: Drawn): Markup {
  const cells = values.flatMap((row, i) =>
    row.map((value, j) => {
      if (value === null || !(value > 0)) return html``;
      const colour = diagonal && i !== j ? 'miss' : 'heat';
      const words = `${names.rowLabel} ${rows[i] ?? ''}, ${names.columnLabel} ${columns[j] ?? ''}: ${format(value)}`;
      return html`<rect class="${colour}" fill-opacity="${strength(i, j).toFixed(2)}" x="${j * size}" y="${i * size}" width="${size}" height="${size}"><title>${words}</title></rect><text class="cell" x="${(j + 0.5) * size}" y="${(i + 0.5) * size}" dy="0.35em" text-anchor="middle">${format(value)}</text>\n`;
    }),
  );
  return html`${cells}`;
}

function inShades({ values, size, strength, diagonal }: Drawn): Markup {
  const paths = new Map<string, string>();
  values.forEach((row, i) => {
    row.forEach((_, j) => {
      const shade = Math.ceil(strength(i, j) * shades);
      if (shade === 0) return;
      const place = `${diagonal && i !== j ? 'miss' : 'heat'} ${shade}`;
      paths.set(
        place,
        `${paths.get(place) ?? ''}M${j * size},${i * size}h${size}v${size}h-${size}z`,
      );
    });
  });
  return html`${[...paths].map(([place, d]) => {
    const [colour = '', shade = ''] = place.split(' ');
    return html`<path class="${colour}" fill-opacity="${(Number(shade) / shades).toFixed(2)}" d="${d}"/>`;
  })}`;
}

/** The box of what was turned by a right angle. */
function turned({ left, right, top, bottom }: Box): Box {
  return { left: top, right: bottom, top: left, bottom: right };
}

/** From 0 to 1. Beside a diagonal by the square root, so that rare mistakes are seen beside frequent ones. */
function strengths({
  values,
  max,
  diagonal,
}: Pick<Resolved<typeof heatMapOptions>, 'values' | 'max' | 'diagonal'>): (
  row: number,
  column: number,
) => number {
  const valid = (value: number | null | undefined): number =>
    value && value > 0 && Number.isFinite(value) ? value : 0;
  const greatest = (on: (i: number, j: number) => boolean): number =>
    values.reduce(
      (most, row, i) =>
        row.reduce<number>((m, v, j) => (on(i, j) ? Math.max(m, valid(v)) : m), most),
      0,
    );
  const [hits, misses] = diagonal
    ? [greatest((i, j) => i === j), greatest((i, j) => i !== j)]
    : [greatest(() => true), 0];
  return (i, j) => {
    const most = max ?? (diagonal && i !== j ? misses : hits);
    const share = most === 0 ? 0 : Math.min(1, valid(values[i]?.[j]) / most);
    return diagonal && i !== j ? Math.sqrt(share) : share;
  };
}
