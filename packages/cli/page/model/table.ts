import type { RunRow, RunStatus } from '../../src/watch/protocol.ts';
import { cellOf, type ColumnKey } from './columns.ts';
import type { Line } from './lines.ts';

/** By which column the table is sorted. */
export interface Sorting {
  readonly key: ColumnKey;
  readonly descending: boolean;
}

/**
 * The runs in which each word of a text occurs, in the name, the status, the network or the data; of those with a minus
 * before them, none does.
 */
export function filterRows(
  rows: readonly RunRow[],
  text: string,
  status: RunStatus | undefined,
): RunRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (status !== undefined && row.status !== status) return false;
    const { id, network = '', dataset = '' } = row;
    const said = [id, row.status, network, dataset].join('\n').toLowerCase();
    return words.every((word) =>
      word.length > 1 && word.startsWith('-') ? !said.includes(word.slice(1)) : said.includes(word),
    );
  });
}

const collator = new Intl.Collator('en', { numeric: true });

/** The lines in the order of a column; those without a value there come last either way. */
export function sortLines(lines: readonly Line[], { key, descending }: Sorting): Line[] {
  const cells = new Map(lines.map((line) => [line, cellOf(line, key)]));
  return lines.toSorted((a, b) => {
    const [left, right] = [cells.get(a), cells.get(b)];
    if (left === undefined || right === undefined) {
      return Number(left === undefined) - Number(right === undefined);
    }
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : collator.compare(String(left), String(right));
    return descending ? -order : order;
  });
}
