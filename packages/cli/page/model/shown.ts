import { byDate, type Line } from './lines.ts';
import type { PageState } from './state.ts';

/** So many curves are shown unless the reader chooses. */
const NEWEST = 10;

/** The lines whose curves are shown, in the order of their dates. */
export function shownLines(lines: readonly Line[], shown: PageState['shown']): Line[] {
  const sorted = lines.toSorted((a, b) => {
    const [left, right] = [a.rows[0], b.rows[0]];
    return left && right ? byDate(left, right) : 0;
  });
  if (shown === 'all') return sorted;
  if (shown === 'newest') return sorted.slice(-NEWEST);
  return sorted.filter(({ rows }) => rows.some(({ id }) => shown.includes(id)));
}

/**
 * What is shown after a line was switched on or off.
 *
 * @param lines those in the table
 */
export function toggled(
  lines: readonly Line[],
  shown: PageState['shown'],
  line: Line,
): readonly string[] {
  const idsOf = (some: readonly Line[]): string[] =>
    some.flatMap(({ rows }) => rows.map(({ id }) => id));
  // Ids that are not in the table now are kept: a filter hides them, and goes.
  const before = typeof shown === 'string' ? idsOf(shownLines(lines, shown)) : shown;
  const own = idsOf([line]);
  return own.some((id) => before.includes(id))
    ? before.filter((id) => !own.includes(id))
    : [...before, ...own];
}
