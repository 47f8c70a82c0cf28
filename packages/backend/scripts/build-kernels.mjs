// Compiles assembly/ with AssemblyScript, once with plain and once with relaxed SIMD, and writes both modules in
// base64 into src/generated/: a string needs no file to be located, so it works from src/, dist/ and any bundle.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
await mkdir('src/generated', { recursive: true });
const digests = {};
let source = '// Written by scripts/build-kernels.mjs; do not edit.\n';
for (const target of ['simd', 'relaxed']) {
  const { error } = await main(['assembly/index.ts', '--target', target], {
    stderr: process.stderr,
  });
  if (error) {
    console.error(`assembly/ does not compile for the target '${target}': ${error.message}`);
    process.exit(1);
  }
  const bytes = await readFile(`build/${target}.wasm`);
  digests[target] = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  source += `export const ${target}: string =\n  '${bytes.toString('base64')}';\n`;
}
source += `export const digests = ${JSON.stringify(digests)} as const;\n`;
await writeFile('src/generated/kernels.ts.part', source);
await rename('src/generated/kernels.ts.part', 'src/generated/kernels.ts');
