// Compares the coverage that each package's tests left in coverage/coverage-summary.json with the floors in
// coverage-floors.json, and names what fell. `--measure` runs the tests before; `--write` makes what was measured the
// floors, less half a per cent and rounded down: what depends on the moment moves by less.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { root, workspaces } from './workspaces.mjs';

const { values: flags } = parseArgs({
  options: { measure: { type: 'boolean' }, write: { type: 'boolean' } },
});
const measures = ['lines', 'branches'];
const floorsFile = join(root, 'tools', 'coverage-floors.json');
const floors = JSON.parse(readFileSync(floorsFile, 'utf8'));

if (flags.measure) {
  const env = { ...process.env, MNET_COVERAGE: '1', NX_DEFAULT_OUTPUT_STYLE: 'static' };
  const nx = join(root, 'node_modules', '.bin', 'nx');
  const { status } = spawnSync(nx, ['run-many', '-t', 'test'], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** The files that have most lines, or branches, which no test reaches. */
function least(files, measure) {
  return Object.entries(files)
    .map(([file, { [measure]: m }]) => ({ file, missed: m.total - m.covered }))
    .filter(({ missed }) => missed > 0)
    .toSorted((a, b) => b.missed - a.missed)
    .slice(0, 5)
    .map(({ file, missed }) => `${relative(root, file)} (${missed})`)
    .join(', ');
}

const problems = [];
const measured = {};
console.log('coverage of src/      lines  floor  branches  floor');
for (const { folder, manifest } of workspaces()) {
  if (!folder.startsWith('packages/') || !manifest.scripts?.test) continue;
  const file = join(root, folder, 'coverage', 'coverage-summary.json');
  if (!existsSync(file)) {
    problems.push(`${folder}: its tests left no coverage; npm run coverage runs them with it`);
    continue;
  }
  const { total, ...files } = JSON.parse(readFileSync(file, 'utf8'));
  const floor = floors[folder] ?? {};
  measured[folder] = Object.fromEntries(measures.map((m) => [m, Math.floor(total[m].pct - 0.5)]));
  const cells = measures.flatMap((m, i) => [
    total[m].pct.toFixed(1).padStart(i === 0 ? 6 : 10),
    String(floor[m] ?? '–').padStart(7),
  ]);
  console.log(`${folder.padEnd(20)}${cells.join('')}`);
  if (flags.write) continue;
  for (const m of measures) {
    if (floor[m] === undefined) {
      problems.push(`${folder}: tools/coverage-floors.json says no floor of its ${m}`);
    } else if (total[m].pct < floor[m]) {
      const where = least(files, m);
      problems.push(
        `${folder}: ${m} fell to ${total[m].pct} %, the floor is ${floor[m]} %; most are missed in ${where}`,
      );
    }
  }
}

if (flags.write) writeFileSync(floorsFile, `${JSON.stringify(measured, null, 2)}\n`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
