/** A number of bytes for readers. */
const bytes = (n) => (n < 1e6 ? `${(n / 1e3).toFixed(1)} kB` : `${(n / 1e6).toFixed(2)} MB`);

const said = {
  missing: 'to be published',
  same: 'is published',
  other: 'is published with another content',
};

/** The packages of a plan as lines of text, in the order of publishing. */
export function table(plan, states) {
  const rows = [
    ['package', 'version', 'files', 'packed', 'unpacked', ''],
    ...plan.packages.map(({ name, version, files, size, unpackedSize }) => [
      name,
      version,
      String(files.length),
      bytes(size),
      bytes(unpackedSize),
      said[states.get(name).state],
    ]),
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i >= 2 && i <= 4 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
