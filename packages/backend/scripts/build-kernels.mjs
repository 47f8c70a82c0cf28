// Compiles kernels/ for WebAssembly, once with plain and once with relaxed SIMD, and writes both modules in base64 into
// src/generated/: a string needs no file to be located, so it works from src/, dist/ and any bundle. Also writes
// src/generated/commands.ts. The compiler comes from npm (compile-wasm.mjs); none of the system's is needed.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { commandsSource, readCommands } from './commands.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
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

write('commands.ts', commandsSource(readCommands(readFileSync('kernels/commands.def', 'utf8'))));
const builds = ['simd', 'relaxed'];
const modules = await Promise.all(builds.map(compile)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
const digests = {};
let source = '// Written by scripts/build-kernels.mjs; do not edit.\n';
modules.forEach((bytes, i) => {
  const build = builds[i];
  digests[build] = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  source += `export const ${build}: string =\n  '${Buffer.from(bytes).toString('base64')}';\n`;
});
write('kernels.ts', `${source}export const digests = ${JSON.stringify(digests)} as const;\n`);
