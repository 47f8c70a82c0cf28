// Compiles the WebAssembly kernels where they are missing or older than their source (`prestart` of every
// example), so that a fresh clone runs after `npm ci` alone. Quiet unless it fails.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspaces.mjs';

const backend = join(root, 'packages', 'backend');
const times = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).flatMap((name) => times(join(path, name)))
    : [statSync(path).mtimeMs];
const source = ['assembly', 'scripts', 'asconfig.json'];
const generated = join(backend, 'src', 'generated');
const compiled = existsSync(generated) ? times(generated) : [];
const changed = source
  .map((name) => join(backend, name))
  .filter(existsSync)
  .flatMap(times);

if (compiled.length === 0 || Math.min(...compiled) < Math.max(...changed)) {
  console.error('compiling the WebAssembly kernels …');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', 'kernels'],
    { cwd: root, encoding: 'utf8', env: { ...process.env, NX_DEFAULT_OUTPUT_STYLE: 'static' } },
  );
  if (status !== 0) {
    console.error(
      `${stdout}${stderr}\nThe kernels could not be compiled; \`npm run kernels\` shows why.`,
    );
    process.exitCode = 1;
  } else {
    // Nx leaves a file as it is where its cache has the same; it is up to date all the same.
    const now = new Date();
    for (const name of readdirSync(generated)) utimesSync(join(generated, name), now, now);
  }
}
