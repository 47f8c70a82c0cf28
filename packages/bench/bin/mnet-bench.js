#!/usr/bin/env node
// The installed command runs dist/. In the repository, whose package has its tsconfig.json, it runs the source,
// so that neither a build nor its age matters.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

if (existsSync(at('../tsconfig.json'))) {
  const run = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
  const source = ['--conditions=@mnet/source', '--import', import.meta.resolve('tsx')];
  process.exitCode =
    run(at('../../../tools/kernels.mjs')) ||
    run(...source, at('../src/cli/main.ts'), ...process.argv.slice(2));
} else {
  await import('../dist/cli/main.js');
}
