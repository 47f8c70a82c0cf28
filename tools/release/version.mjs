// `npm run version`: turns the changesets into versions and changelogs, and brings all that names a version into step: the
// ranges in every package.json and the lock file. The addons of @mnet/backend take its version when they are built, and
// its optional dependencies when it is packed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, run } from '../packages/run.mjs';
import { publicPackages, root, workspaces } from '../workspaces.mjs';
import { inStep } from './in-step.mjs';
import { sharedVersion } from './packages.mjs';

process.stdout.write(await run(bin('changeset'), ['version']));
const version = sharedVersion();
const names = publicPackages().map(({ manifest }) => manifest.name);
const files = [...workspaces().map(({ folder }) => folder), 'tools', '.']
  .map((folder) => join(root, folder, 'package.json'))
  .filter((file) => existsSync(file));
for (const file of files) {
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const changed = inStep(manifest, names, version);
  if (changed) writeFileSync(file, `${JSON.stringify(changed, null, 2)}\n`);
}
await run(bin('biome'), ['format', '--write', ...files]);
await run('npm', [
  'install',
  '--package-lock-only',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  // As the lock file is: it says no server, so that it holds with every mirror.
  '--omit-lockfile-registry-resolved',
]);
console.log(`the packages are ${version}`);
