/**
 * Columns of text as wide as their widest cell: the first to the left, the others to the right.
 *
 * @param rows the header, then the rows; all of the header's length
 */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((r) => (r[i] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((w) => '─'.repeat(w)).join('──');
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
