import type { AnyResult } from '../results/any-result.ts';
import { type FigureTable, figureTables } from './figure-tables.ts';
import { machines } from './figures.ts';

/**
 * Results as Markdown: a table a kind, and the machines below. Texts of the results are escaped.
 *
 * @returns the text, which ends in a line break
 */
export function benchMarkdown(results: readonly AnyResult[]): string {
  const tables = figureTables(results).map((each) => `### ${each.title}\n\n${markdownTable(each)}`);
  const lines = machines(results).map((line) => `${escaped(line)}\n`);
  return [...tables, ...lines].join('\n');
}

/** A table as Markdown, its first column to the left and the others to the right. */
export function markdownTable({ header, rows }: Pick<FigureTable, 'header' | 'rows'>): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |\n`;
  const rule = header.map((_, i) => (i === 0 ? '---' : '---:'));
  return `${line(header)}| ${rule.join(' | ')} |\n${rows.map(line).join('')}`;
}

/** A text of one line that makes no markup: no table's edge, link, picture, code, mention or HTML. */
function escaped(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*[\]<>#!|~&@]/g, (character) => `&#${character.charCodeAt(0)};`);
}
