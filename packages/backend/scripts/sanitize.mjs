// `npm run sanitize`: tests the kernels under AddressSanitizer and UBSan, with every byte outside the blocks in use marked as
// forbidden: an addon made for it by gcc, then all tests of the native runtime, fuzzed ones too, and the conformance specs.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { hostTarget } from './native-targets.mjs';
import { here } from './sources.mjs';

const run = (words, env = {}) => {
  const { status } = spawnSync(process.execPath, words, {
    cwd: here,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
};

run([join(here, 'scripts', 'build-native.mjs'), '--sanitize']);
const library = (name) =>
  execFileSync(process.env.CC ?? 'gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
const env = {
  // The checks' runtime must come first in a process that was not built with it; Node.js frees little at its end.
  LD_PRELOAD: ['libasan.so', 'libubsan.so'].map(library).join(':'),
  ASAN_OPTIONS: 'detect_leaks=0',
  MNET_RUNTIME: 'native',
  MNET_FUZZ: 'all',
  MNET_ADDON: join(here, 'build', `${hostTarget()}-sanitized`),
};
const vitest = join(here, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');
run([vitest, 'run', '--project', 'native'], env);
const conformance = ['--conditions=@mnet/source', '--import', 'tsx', 'test/conformance/run.ts'];
run([...conformance, 'x86-64-v3', 'x86-64-v2'], env);
