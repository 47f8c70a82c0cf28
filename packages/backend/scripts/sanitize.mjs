// `npm run sanitize [-- --quick]`: tests the kernels under AddressSanitizer and UBSan, with every byte outside the blocks in use
// marked as forbidden: an addon made for it by gcc, then all tests of the native runtime, fuzzed ones too, and the conformance
// specs. --quick, which `npm test` takes where it can: x86-64-v3 alone, and the tests that compare kernels. Where gcc or its
// checks' libraries are missing it says so, and fails unless --quick was asked for.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hostTarget } from './native-targets.mjs';
import { sanitizerLibraries } from './sanitizer.mjs';
import { here } from './sources.mjs';

const run = (words, env = {}) => {
  const { status } = spawnSync(process.execPath, words, {
    cwd: here,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
};

const { quick = false } = parseArgs({ options: { quick: { type: 'boolean' } } }).values;

const libraries = sanitizerLibraries();
const target = hostTarget();
const lacks =
  libraries === undefined
    ? 'there is no gcc with libasan and libubsan'
    : quick && target !== 'linux-x64-gnu' && `--quick is for linux-x64-gnu, this is ${target}`;
if (lacks) {
  console.log(`kernels under AddressSanitizer and UBSan: skipped, ${lacks}`);
  process.exit(quick ? 0 : 1);
}

const only = quick ? ['--only', 'v3'] : [];
run([join(here, 'scripts', 'build-native.mjs'), '--sanitize', ...only]);
const env = {
  // The checks' runtime must come first in a process that was not built with it; Node.js frees little at its end.
  LD_PRELOAD: libraries.join(':'),
  ASAN_OPTIONS: 'detect_leaks=0',
  MNET_RUNTIME: 'native',
  MNET_FUZZ: quick ? 'third' : 'all',
  MNET_COVERAGE: '0',
  MNET_ADDON: join(here, 'build', `${target}-sanitized`),
};
const vitest = join(here, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');
const kernels = [
  'fuzz',
  'fused',
  'winograd',
  'batch-norm',
  'degenerate',
  'capture-step',
  'capture-refusals',
];
const files = quick ? kernels.map((name) => `test/${name}.test.ts`) : [];
// The quick one runs beside the same tests without checks, whose counts stand in a file.
const reporters = quick ? ['--reporter=default'] : [];
run([vitest, 'run', '--project', 'native', ...reporters, ...files], env);
if (!quick) {
  const conformance = ['--conditions=@mnet/source', '--import', 'tsx', 'test/conformance/run.ts'];
  run([...conformance, 'x86-64-v3', 'x86-64-v2'], env);
}
