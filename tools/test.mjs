// `npm test`: every check, none skipped because an earlier one failed; then one table and the closing line
// `N passed, N failed`, which counts each test of each package and each other check as one. The build with the
// tests, and the other checks, run side by side, since neither keeps all cores busy; what the others say is printed at the end.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sanitizerLibraries } from '../packages/backend/scripts/sanitizer.mjs';
import { root, workspace, workspaces } from './workspaces.mjs';

const nx = (target) => `nx run-many -t ${target}`;
const first = [
  ['format', 'biome format .'],
  ['references', 'node tools/check-references.mjs'],
  ['generated', `${nx('kernels')} page`],
];
// One process for what is published and for what tests it: nx's targets would each load the same types.
const build = [['build, types', 'tsc -b']];
const tests = [
  ['tests', nx('test')],
  ['coverage', 'node tools/coverage.mjs'],
];
const ofSource = [
  ['lint', 'oxlint --type-aware --deny-warnings .'],
  ['imports', 'depcruise packages examples tools'],
  ['unused code', 'knip --no-config-hints'],
  ['docs', 'typedoc'],
];
const ofBuilt = [
  ['package contents', 'node tools/check-packages.mjs'],
  ['memory of kernels', 'node packages/backend/scripts/sanitize.mjs --quick'],
];

// The tests count the lines that they reach, for the check after them; what they import of others is built by then.
const env = {
  ...process.env,
  MNET_COVERAGE: '1',
  MNET_BUILT: '1',
  // Random cases are shared with the sanitized kernels where those are tested too.
  ...(sanitizerLibraries() && { MNET_FUZZ: 'third' }),
  PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
};
if (process.env.CI || !process.stdout.isTTY) {
  Object.assign(env, { NX_DEFAULT_OUTPUT_STYLE: 'static', FORCE_COLOR: '0' });
  delete env.NO_COLOR; // Node warns where both are set
}

/** Runs checks one after the other; quiet ones come with what they said. */
async function inTurn(checks, quiet = false) {
  const rows = [];
  for (const [name, line] of checks) {
    const title = `\n── ${name}: ${line}\n`;
    if (!quiet) process.stdout.write(title);
    const start = performance.now();
    const { ok, said } = await runs(line, quiet);
    rows.push({ name, ok, said: title + said, seconds: (performance.now() - start) / 1000 });
  }
  return rows;
}

function runs(line, quiet) {
  const [command, ...args] = line.split(' ');
  const stdio = quiet ? 'pipe' : 'inherit';
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', stdio, stdio] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => (said += text));
  }
  return new Promise((resolve) => {
    child.on('error', ({ message }) => {
      if (!quiet) console.error(`${command}: ${message}`);
      resolve({ ok: false, said: `${said}${command}: ${message}\n` });
    });
    child.on('close', (code) => resolve({ ok: code === 0, said }));
  });
}

const rows = await inTurn(first);
const source = inTurn(ofSource, true);
rows.push(...(await inTurn(build)));
const built = source.then(() => inTurn(ofBuilt, true));
rows.push(...(await inTurn(tests)));
for (const row of [...(await source), ...(await built)]) {
  process.stdout.write(row.said);
  rows.push(row);
}

console.log('\ncheck               result   seconds');
for (const { name, ok, seconds } of rows) {
  console.log(`${name.padEnd(20)}${ok ? 'ok    ' : 'FAILED'}${seconds.toFixed(1).padStart(10)}`);
}

console.log('\ntests                   passed  failed  skipped');
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const { folder, manifest } of [...workspaces(), workspace('tools')]) {
  if (!manifest.scripts?.test) continue;
  const dir = join(root, folder, 'test-results');
  const files = existsSync(dir) ? readdirSync(dir).filter((f) => f.endsWith('.json')) : [];
  if (files.length === 0) {
    console.log(`${folder.padEnd(22)}no results were written`);
    sum.failed++;
  }
  for (const file of files) {
    const counts = JSON.parse(readFileSync(join(dir, file), 'utf8'));
    const label = file === 'unit.json' ? folder : `${folder} ${file.slice(0, -5)}`;
    const cells = Object.keys(sum).map((key) => String(counts[key] ?? 0).padStart(8));
    console.log(`${label.padEnd(22)}${cells.join('')}`);
    for (const key of Object.keys(sum)) sum[key] += counts[key] ?? 0;
  }
}

// The step that runs the tests is counted by its tests; it counts itself only where it failed without one.
for (const { name, ok } of rows) {
  if (name !== 'tests') sum[ok ? 'passed' : 'failed']++;
  else if (!ok && sum.failed === 0) sum.failed++;
}
const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
console.log(`\n${sum.passed} passed, ${sum.failed} failed${skipped}`);
process.exitCode = sum.failed > 0 ? 1 : 0;
