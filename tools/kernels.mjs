// Compiles the WebAssembly kernels where they are missing or older than their source (`prestart` of every
// example), so that a fresh clone runs after `npm ci` alone. Quiet unless it fails.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspaces.mjs';

if (!existsSync(join(root, 'packages/backend/src/generated'))) {
  console.error('compiling the WebAssembly kernels (once) …');
}
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
}
