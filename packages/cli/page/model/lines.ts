import type { RunRow } from '../../src/watch/protocol.ts';

/** A line of the table and a curve: one run, or several that differ by their seeds alone. */
export interface Line {
  /** Stays the same while runs come and go. */
  readonly key: string;
  readonly name: string;
  /** By date. */
  readonly rows: readonly RunRow[];
}

/** The runs as lines, one each or one for each group over seeds, by the date of their first run. */
export function linesOf(rows: readonly RunRow[], grouped: boolean): Line[] {
  const sorted = rows.toSorted(byDate);
  if (!grouped) return sorted.map((row) => ({ key: row.id, name: row.id, rows: [row] }));
  const groups = new Map<string, RunRow[]>();
  for (const row of sorted) {
    const group = groups.get(row.group);
    if (group) group.push(row);
    else groups.set(row.group, [row]);
  }
  return [...groups].map(([key, group]) => ({ key, name: groupName(group), rows: group }));
}

/** By date, and by name where that is the same. */
export function byDate(a: RunRow, b: RunRow): number {
  const [left, right] = [a.date ?? '', b.date ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** What names have in common but for their seeds; else the first of them, and how many others there are. */
export function groupName(rows: readonly RunRow[]): string {
  const ids = rows.map(({ id }) => id);
  const [first = ''] = ids;
  if (ids.length === 1) return first;
  const bare = ids.map((id) => id.replace(/[-_./ ]?seed[-_=. ]?\d+/i, ''));
  const alike = bare[0] !== '' && bare.every((name) => name === bare[0]);
  return alike ? `${bare[0]} × ${ids.length}` : `${first} + ${ids.length - 1}`;
}
