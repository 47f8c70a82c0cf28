/**
 * The outcomes as text, a row for each check and a column for each manager.
 *
 * @param table {check: {manager: outcome}}, as a map
 */
export function drawTable(table) {
  const columns = [...new Set([...table.values()].flatMap(Object.keys))];
  const rows = [
    ['check', ...columns],
    ...[...table].map(([check, row]) => [check, ...columns.map((column) => row[column] ?? '–')]),
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
