// Runs every program of every guide of docs/guide, and the command lines that they want run, with the packages from their
// tarballs. `npm test` only looks at them (tools/check-packages.mjs).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namesOfGuides, runGuides } from './packages/guides.mjs';
import { install, pack, packAddon } from './packages/installs.mjs';

const dir = mkdtempSync(join(tmpdir(), 'mnet-guides-'));
let failures = [];
try {
  const packages = await pack(dir);
  const addon = await packAddon(dir);
  const together = join(dir, 'together');
  await install(together, [...namesOfGuides(), ...(addon ? [addon.tarball] : [])], packages);
  failures = await runGuides(together);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
for (const failure of failures) console.error(`\n${failure}`);
if (failures.length > 0) process.exitCode = 1;
