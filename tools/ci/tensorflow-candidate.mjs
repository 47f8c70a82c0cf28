// Puts the newest release or release candidate of each installed TensorFlow.js package beyond its version in its place, for
// the tests to run with; `npm ci` puts all back. npm would not: the packages' ranges take no candidates. Says in the run's
// summary, and as the output `found`, what it did.
//   node tools/ci/tensorflow-candidate.mjs [--list]
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { extract } from 'tar';
import { run } from '../packages/run.mjs';
import { readTarball } from '../release/tarball.mjs';
import { root } from '../workspaces.mjs';
import { candidate, unmet } from './candidates.mjs';

const { values: flags } = parseArgs({ options: { list: { type: 'boolean', default: false } } });
const scope = '@tensorflow';
const modules = join(root, 'node_modules');

function versionOf(name) {
  try {
    return JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

const found = [];
for (const short of readdirSync(join(modules, scope)).filter((name) => !name.startsWith('.'))) {
  const name = `${scope}/${short}`;
  const versions = [JSON.parse(await run('npm', ['view', name, 'versions', '--json']))].flat();
  const version = candidate(versionOf(name), versions);
  if (version) found.push({ name, from: versionOf(name), version });
}

const lines = found.map(({ name, from, version }) => `${name} ${version} in place of ${from}`);
const said = lines.length > 0 ? lines : ['TensorFlow.js has no release candidate'];
for (const line of said) console.log(line);
if (process.env.GITHUB_STEP_SUMMARY) {
  appendFileSync(process.env.GITHUB_STEP_SUMMARY, said.map((line) => `- ${line}\n`).join(''));
}

if (!flags.list) {
  const dir = mkdtempSync(join(tmpdir(), 'mnet-candidates-'));
  try {
    const tarballs = new Map();
    for (const { name, version } of found) {
      const packed = await run('npm', ['pack', '--json', `${name}@${version}`], dir);
      tarballs.set(name, join(dir, Object.values(JSON.parse(packed))[0].filename));
    }
    const put = new Map(found.map(({ name, version }) => [name, version]));
    for (const [name, file] of tarballs) {
      const { manifest } = readTarball(file);
      const missing = unmet(manifest.dependencies, (other) => put.get(other) ?? versionOf(other));
      if (missing.length > 0) throw new Error(`${name}: needs ${missing.join(', ')} too`);
    }
    for (const [name, file] of tarballs) {
      rmSync(join(modules, name, 'dist'), { recursive: true, force: true });
      extract({ file, sync: true, cwd: join(modules, name), strip: 1 });
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  if (process.env.GITHUB_OUTPUT) {
    appendFileSync(process.env.GITHUB_OUTPUT, `found=${found.length > 0}\n`);
  }
}
