import { lineChart, type Series } from '../charts/line-chart.ts';
import { compact, count, shortPercent } from '../page/format.ts';
import { html, type Markup } from '../page/html.ts';
import { page, section, sideBySide } from '../page/page.ts';
import { table } from '../page/table.ts';
import { mebibytes, ms } from '../bench-report/figures.ts';
import type { Figure } from '../results/figures.ts';
import { counted } from '../results/names.ts';
import type { HistoryEntry } from './history.ts';

/** A figure through the commits. */
interface Course {
  readonly name: string;
  readonly unit: Figure['unit'];
  /** By the entry's place, from 1. */
  readonly values: readonly {
    readonly at: number;
    readonly machine: string;
    readonly figure: Figure;
  }[];
}

const formats: Readonly<Record<Figure['unit'], (value: number) => string>> = {
  ms,
  bytes: mebibytes,
  share: shortPercent,
  parameters: compact,
  MACs: compact,
};

/**
 * A history as one HTML page that needs nothing else: no script, no network; it opens from a folder too. Times have a line for each
 * machine, since they are comparable on one alone, with bands of one standard deviation over rounds. What is counted, such as
 * bytes, has a chart where it has ever changed.
 *
 * @param entries the oldest first
 * @param title the heading
 * @throws if there is no entry.
 */
export function historyPage(entries: readonly HistoryEntry[], title = 'Benchmark history'): string {
  const last = entries.at(-1);
  if (last === undefined) throw new RangeError('entries: got none, takes at least one');
  const courses = coursesOf(entries);
  const timed = courses.filter(({ unit }) => unit === 'ms');
  const changed = courses.filter(
    ({ unit, values }) => unit !== 'ms' && new Set(values.map((v) => v.figure.value)).size > 1,
  );
  const machines = [...new Set(entries.map(({ machine }) => machine))];
  return page({
    title,
    subtitle: `${counted(entries.length, 'commit')}; the last is ${shortCommit(last)} of ${last.date.slice(0, 10)}${last.subject === undefined ? '' : `, “${last.subject}”`}.`,
    main: [
      section('Times', sideBySide(timed.map((course) => chart(course, entries, machines)))),
      section(
        'Other figures that have changed',
        sideBySide(changed.map((course) => chart(course, entries, machines))),
      ),
      section('The last commit', latest(courses, entries)),
      section('Commits', commitTable(entries)),
    ],
  });
}

function coursesOf(entries: readonly HistoryEntry[]): Course[] {
  const found = new Map<string, Course['values'][number][]>();
  for (const [i, { machine, figures }] of entries.entries()) {
    for (const figure of figures) {
      const key = JSON.stringify([figure.name, figure.unit]);
      found.set(key, [...(found.get(key) ?? []), { at: i + 1, machine, figure }]);
    }
  }
  return [...found].map(([key, values]) => {
    const [name, unit] = JSON.parse(key) as [string, Figure['unit']];
    return { name, unit, values };
  });
}

function chart(
  { name, unit, values }: Course,
  entries: readonly HistoryEntry[],
  machines: readonly string[],
): Markup {
  const byMachine = unit === 'ms' ? machines : [undefined];
  const series = byMachine.flatMap((machine, colour): Series[] => {
    const own = machine === undefined ? values : values.filter((each) => each.machine === machine);
    if (own.length === 0) return [];
    const points = own.map(({ at, figure: { value, std } }) => ({
      x: at,
      y: value,
      ...(std !== undefined && { low: Math.max(0, value - std), high: value + std }),
    }));
    return [{ name: machine ?? name, colour, points }];
  });
  const last = values.at(-1)?.at ?? 1;
  const commitAt = (place: number): string => {
    const entry = entries[place - 1];
    return entry === undefined ? '' : shortCommit(entry);
  };
  return lineChart({
    title: name,
    x: {
      label: 'commit',
      whole: true,
      from: 1,
      to: Math.max(last, entries.length),
      format: commitAt,
    },
    y: { label: unit === 'share' ? 'share' : unit, format: formats[unit] },
    series,
  });
}

function latest(courses: readonly Course[], entries: readonly HistoryEntry[]): Markup {
  const rows = courses.flatMap(({ name, unit, values }) => {
    const last = values.at(-1);
    if (last === undefined || last.at !== entries.length) return [];
    const before = values
      .slice(0, -1)
      .findLast(({ machine }) => unit !== 'ms' || machine === last.machine);
    const format = formats[unit];
    const { value } = last.figure;
    const change =
      before === undefined || before.figure.value === 0
        ? '–'
        : signed((value / before.figure.value - 1) * 100);
    return [
      [name, format(value), before === undefined ? '–' : format(before.figure.value), change],
    ];
  });
  return table('The last commit', ['Figure', 'Now', 'Before', 'Change'], rows);
}

function commitTable(entries: readonly HistoryEntry[]): Markup {
  const shown = entries.slice(-50).toReversed();
  const rows = shown.map((entry) => [
    shortCommit(entry),
    entry.date.slice(0, 16).replace('T', ' '),
    entry.machine,
    entry.subject ?? '',
  ]);
  const rest = entries.length - shown.length;
  return html`${table('Commits', ['Commit', 'Measured', 'Machine', 'Subject'], rows, 'words')}${
    rest === 0 ? '' : html`<p class="quiet">and ${count(rest)} before them</p>`
  }`;
}

function shortCommit({ commit }: HistoryEntry): string {
  return commit.slice(0, 7);
}

function signed(percent: number): string {
  if (percent === 0) return '0%';
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent).toFixed(1)}%`;
}
