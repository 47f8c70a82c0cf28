// Compiles kernels/ for WebAssembly, once with plain and once with relaxed SIMD, and writes both modules in base64 into
// src/generated/: a string needs no file to be located, so it works from src/, dist/ and any bundle. Also writes
// src/generated/commands.ts. The compiler comes from npm (compile-wasm.mjs); none of the system's is needed.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { commandsSource, readCommands, readShared } from './commands.mjs';
import { targets } from './native-targets.mjs';
import { digestOf, here, sources } from './sources.mjs';

process.chdir(here);
mkdirSync('src/generated', { recursive: true });

/** A module's bytes; in a thread of its own, since the compiler is as slow as it is large. */
const compile = (build) =>
  new Promise((resolve, reject) => {
    new Worker(new URL('compile-wasm.mjs', import.meta.url), { workerData: build })
      .once('message', resolve)
      .once('error', reject);
  });

/** Nothing half-written ever has the file's name. */
function write(name, text) {
  writeFileSync(`src/generated/${name}.part`, text);
  renameSync(`src/generated/${name}.part`, `src/generated/${name}`);
}

const { 'commands.def': commands, 'shared.h': shared } = sources('kernels');
write('commands.ts', commandsSource(readCommands(commands), readShared(shared)));
const builds = ['simd', 'relaxed'];
const modules = await Promise.all(builds.map(compile)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
const constants = [
  `/** Of the kernels' source: with another, sums may round in another way. */`,
  `export const kernelsDigest: string = '${digestOf('kernels')}';`,
  `/** Of all that an addon is made of: one of other sources may take other commands. */`,
  `export const addonDigest: string = '${digestOf('kernels', 'native')}';`,
  `/** Platforms for which there is an addon. */`,
  `export const addonTargets: readonly string[] = ${JSON.stringify(Object.keys(targets))};`,
  ...modules.map(
    (bytes, i) =>
      `export const ${builds[i]}: string =\n  '${Buffer.from(bytes).toString('base64')}';`,
  ),
];
write(
  'kernels.ts',
  `// Written by scripts/build-kernels.mjs; do not edit.\n${constants.join('\n')}\n`,
);
