import {
  callable,
  custom,
  type Given,
  integer,
  list,
  number,
  options,
  optional,
  required,
  resolve,
  text,
} from '@mnet/core/options';
import { compact } from '../page/format.ts';
import { html, type Markup } from '../page/html.ts';
import { colourClass } from './axis.ts';
import { barColumns, type BarGroup, type ShownBar } from './bar-columns.ts';
import { Figure } from './figure.ts';

/** One bar of a category. */
export interface Bar {
  /** What the bar is long for: 0 or above. NaN, null and undefined draw no bar, and a dash. */
  readonly value: number | null | undefined;
  /** What stands beside it instead of the formatted value, such as a mean with its deviation. */
  readonly text?: string;
}

/** What bars are drawn of. */
export interface Category {
  readonly name: string;
  /** One for each of the chart's series, in their order. */
  readonly bars: readonly Bar[];
}

const category = custom<Category>('a category with name and bars', (value) =>
  Array.isArray((value as Category | null)?.bars),
);

const barChartOptions = options({
  title: required(text('a title')),
  /** Names of the bars within a category. */
  series: required(list(text('a name'))),
  /** Which of the page's eight colours each series has; default 0, 1, 2, … */
  colours: optional(list(integer({ min: 0 }))),
  categories: required(list(category)),
  /** The value of a whole bar; default the greatest there is. */
  max: optional(number({ above: 0 })),
  /** A value as it stands beside its bar; default three digits and a unit. */
  format: optional(callable<(value: number) => string>('a function of a number'), compact),
  /** A sentence below the title. */
  note: optional(text('a sentence')),
});

/** What {@link barChart} shows. */
export interface BarChartOptions extends Given<typeof barChartOptions> {}

/**
 * Bars with their figures beside them, grouped by category, as a `<figure>`. It is a list in columns, as many as the screen is
 * wide for, so that a hundred categories stay readable on a telephone.
 *
 * @throws for an option that is unknown, missing or not taken.
 */
export function barChart(given: BarChartOptions): Figure {
  const { title, series, categories, max, format, note, ...more } = resolve(
    barChartOptions,
    given,
    'barChart',
  );
  const colours = more.colours ?? series.map((_, i) => i);
  const bars = categories.flatMap((each) => each.bars);
  const whole = max ?? Math.max(0, ...bars.map(({ value }) => (isFinite(value) ? value : 0)));
  const groups = categories.map(
    (each): BarGroup => ({
      name: each.name,
      bars: each.bars.map((bar, k) => ({
        of: series.length > 1 ? (series[k] ?? '') : undefined,
        colour: colours[k] ?? k,
        share: shareOf(bar, whole),
        figure: words(bar, format),
      })),
    }),
  );
  return new Figure({
    title,
    note,
    key: series.map((name, k) => ({ name, colour: colours[k] ?? k, mark: 'bar' })),
    body: barList(groups),
    drawing:
      groups.length === 0
        ? undefined
        : { words: `${title}: ${series.join(', ')}`, ...barColumns(groups) },
  });
}

function barList(groups: readonly BarGroup[]): Markup {
  const figures = groups.flatMap((group) => group.bars.map(({ figure }) => figure.length));
  const items = groups.map(
    ({ name, bars }) =>
      html`<li><span class="of">${name}</span><span>${bars.map(listed)}</span></li>\n`,
  );
  return html`<ul class="bars" style="--figures: ${Math.max(1, ...figures)}ch">${items}</ul>`;
}

function listed({ of, colour, share, figure }: ShownBar): Markup {
  const title = of === undefined ? html`` : html` title="${of}"`;
  return html`<span class="bar ${colourClass(colour)}"${title}><i style="width: ${(share * 100).toFixed(1)}%"></i><b>${figure}</b></span>`;
}

function shareOf({ value }: Bar, whole: number): number {
  return isFinite(value) && whole > 0 ? Math.min(1, Math.max(0, value / whole)) : 0;
}

function words({ value, text: own }: Bar, format: (value: number) => string): string {
  if (!isFinite(value)) return '–';
  return own ?? format(value);
}

function isFinite(value: number | null | undefined): value is number {
  return Number.isFinite(value);
}
