// `npm run conformance`: every spec of tfjs-core that the stock cpu backend passes must pass on `mnet`, in every build
// that runs here (or those that are named: `npm run conformance -- x86-64-v3`), with one and with two threads. Prints a table and writes the counts for the repository's closing line.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { version_core } from '@tensorflow/tfjs-core';
import { loadAddon } from '../../src/native/load-addon.ts';
import type { KernelBuild, NativeBuild } from '../../src/runtime/kernel-build.ts';
import { hasRelaxedSimd } from '../../src/wasm/build.ts';
import { bundleSuite } from './bundle.ts';
import type { RunRequest, RunResult } from './run-request.ts';
import { judge } from './verdict.ts';

/** tfjs-core 4.22.0 has 4,225; fewer than this many would mean that the bundle lost some. */
const LEAST_SPECS = 4200;

/** Failing specs that are printed for a run. */
const SHOWN = 20;

const addon = loadAddon();
/** Of every kind of processor, whichever this one is. */
const native: NativeBuild[] = ['x86-64-v2', 'x86-64-v3', 'x86-64-v4', 'arm64-neon'];
const builds = native.filter((build) => typeof addon !== 'string' && addon.builds.includes(build));
const skipped = native.filter((build) => !builds.includes(build));
// What only processors before 2013 run has no more than plain SIMD in WebAssembly: one run of it is enough.
const threads = (build: KernelBuild): number[] => (build === 'x86-64-v2' ? [2] : [1, 2]);
const here = ['simd', 'relaxed', ...builds] as const;
/** Those that the command names, or all. */
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(here as readonly string[]).includes(name));
if (unknown.length > 0)
  throw new Error(
    `conformance: got ${unknown.join(', ')}, takes builds that run here: ${here.join(', ')}`,
  );
const requests: RunRequest[] = [
  { backend: 'cpu' },
  ...here
    .filter((build) => asked.length === 0 || asked.includes(build))
    .flatMap((build) =>
      threads(build).map((n) => ({ backend: 'mnet', build, threads: n }) as const),
    ),
];

const suite = await bundleSuite();
const results = fileURLToPath(new URL('../../test-results/', import.meta.url));

interface Outcome extends RunResult {
  seconds: number;
}

/** Runs the specs in a process of their own. */
async function run(request: RunRequest, index: number): Promise<Outcome> {
  const file = `${dirname(suite)}/result-${index}.json`;
  rmSync(file, { force: true });
  // Node 20 has relaxed SIMD behind a flag; later versions know no such flag.
  const relaxed = request.backend === 'mnet' && request.build === 'relaxed';
  const flags = relaxed && !hasRelaxedSimd() ? ['--experimental-wasm-relaxed-simd'] : [];
  const start = performance.now();
  // What the specs print is kept from the terminal; where the process fails, its end tells why.
  await promisify(execFile)(process.execPath, [...flags, suite, JSON.stringify(request), file], {
    timeout: 300_000,
    maxBuffer: 1 << 28,
  }).catch((error: { message: string; stderr: string }) => {
    const message = error.message.split('\n')[0];
    throw new Error(`${message}\n${error.stderr.slice(-2000)}`, { cause: error });
  });
  const result = JSON.parse(readFileSync(file, 'utf8')) as RunResult;
  return { ...result, seconds: (performance.now() - start) / 1000 };
}

/** All runs, two at a time, in the order of the requests. */
async function runAll(): Promise<(Outcome | Error)[]> {
  const outcomes: (Outcome | Error)[] = [];
  const queue = requests.entries();
  const work = async (): Promise<void> => {
    for (const [index, request] of queue) {
      outcomes[index] = await run(request, index).catch((error: Error) => error);
    }
  };
  await Promise.all([work(), work()]);
  return outcomes;
}

const start = performance.now();
const [baseline, ...runs] = await runAll();
if (!baseline || baseline instanceof Error) throw baseline ?? new Error('no baseline');
const required = baseline.specs.filter(({ status }) => status === 'passed').length;
const counts = { passed: 0, failed: 0, skipped: 0 };

console.log(
  `the specs of @tensorflow/tfjs-core ${version_core} on Node.js ${process.version}; ` +
    `required: the ${required} that pass on the stock cpu backend`,
);
const row = (...cells: (string | number)[]): string =>
  cells.map((cell, i) => String(cell).padStart(i === 0 ? 10 : 9)).join('');
console.log(
  row('build', 'threads', 'passed', 'failed', 'missing', 'kernels', 'launches', 'seconds'),
);
for (const [index, outcome] of runs.entries()) {
  const request = requests[index + 1] as RunRequest & { backend: 'mnet' };
  if (outcome instanceof Error) {
    counts.failed += required;
    console.log(`${row(request.build, request.threads)}  ${outcome.message}`);
    continue;
  }
  const { passed, failed, missing } = judge(baseline.specs, outcome.specs);
  counts.passed += passed;
  counts.failed += failed.length + missing.length;
  const launches = Object.values(outcome.launches);
  const total = launches.reduce((sum, calls) => sum + calls, 0);
  const cells = [passed, failed.length, missing.length, launches.length, total];
  console.log(row(request.build, request.threads, ...cells, outcome.seconds.toFixed(1)));
  for (const { name, status, messages } of failed.slice(0, SHOWN)) {
    console.log(`  ${status}: ${name}`);
    for (const message of messages) console.log(`    ${message.slice(0, 300)}`);
  }
  for (const name of missing.slice(0, SHOWN)) console.log(`  missing: ${name}`);
  if (total === 0) {
    counts.failed++;
    console.log('  no kernel of mnet ran');
  }
}
const why = typeof addon === 'string' ? addon : 'this processor does not run it';
for (const build of skipped) {
  counts.skipped++;
  console.log(`${row(build)}  skipped: ${why}`);
}
if (required < LEAST_SPECS) {
  counts.failed++;
  console.log(`the baseline has only ${required} specs, expected at least ${LEAST_SPECS}`);
}

mkdirSync(results, { recursive: true });
writeFileSync(`${results}conformance.json`, `${JSON.stringify(counts)}\n`);
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.log(`conformance: ${counts.passed} passed, ${counts.failed} failed, in ${seconds} s`);
if (counts.failed > 0) process.exitCode = 1;
