// What must hold of a release's tarballs before any of them is published.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { targets } from '../../packages/backend/scripts/native-targets.mjs';
import { digestOf } from '../../packages/backend/scripts/sources.mjs';
import { publicPackages } from '../workspaces.mjs';
import { addonPackages, needs } from './packages.mjs';
import { integrity, readTarball } from './tarball.mjs';

/**
 * What is wrong with one tarball, as `readTarball` gives it.
 *
 * @param release its `version`, and the `names` of all that are published together
 */
export function problemsOf({ manifest, files }, { version, names }) {
  const problems = [];
  if (manifest.version !== version) {
    problems.push(`version: got ${manifest.version}, takes ${version} as the others`);
  }
  if (manifest.private) problems.push('private: npm would not publish it');
  for (const [name, range] of needs(manifest)) {
    if (/^(file|link|workspace|git|https?):/.test(range)) {
      problems.push(`${name}: got ${range}, takes a range of versions`);
    } else if (names.has(name) && !semver.satisfies(version, range)) {
      problems.push(`${name}: got ${range}, takes a range that has ${version}: npm run version`);
    } else if (name.startsWith('@mnet/') && !names.has(name)) {
      problems.push(`${name}: needed, but not among what is published`);
    }
  }
  for (const file of ['LICENSE', 'README.md']) {
    if (!files.has(file)) problems.push(`${file}: missing`);
  }
  return problems;
}

/**
 * What is wrong with the tarball of an addon.
 *
 * @param sources the digest of the C that the backend's kernels are made of
 */
export function problemsOfAddon({ manifest, files }, target, sources) {
  const problems = [];
  const { os, cpu, libc } = targets[target];
  const platform = JSON.stringify([manifest.os, manifest.cpu, manifest.libc ?? []]);
  const right = JSON.stringify([[os], [cpu], libc ? [libc] : []]);
  if (platform !== right) problems.push(`os, cpu, libc: got ${platform}, takes ${right}`);
  if (manifest.mnet?.sources !== sources) {
    problems.push(
      `kernels: got those of ${manifest.mnet?.sources}, takes those of ${sources}: npm run native`,
    );
  }
  if (files.get('mnet.node') !== manifest.mnet?.sha256) {
    problems.push('mnet.node: its SHA-256 is not that of its package.json');
  }
  return problems;
}

/**
 * The reasons why a packed release must not be published; none where it may.
 *
 * @param plan as `pack` gives it
 * @param dir the folder of its tarballs
 */
export function check(plan, dir) {
  const { version, packages } = plan;
  const problems = [];
  const names = new Set(packages.map(({ name }) => name));
  const addons = new Map(addonPackages().map(({ name, target }) => [name, target]));
  const expected = [...publicPackages().map(({ manifest }) => manifest.name), ...addons.keys()];
  for (const name of expected.filter((n) => !names.has(n))) {
    const how = addons.has(name) ? `: npm run native -- ${addons.get(name)}` : '';
    problems.push(`${name}: not packed${how}`);
  }
  // What is missing is named once, not by all that need it too.
  const known = new Set([...names, ...expected]);
  const sources = digestOf('kernels', 'native');
  for (const { name, tarball, integrity: noted } of packages) {
    const file = join(dir, tarball);
    const found = [];
    if (!existsSync(file)) found.push(`${tarball}: missing`);
    else if (integrity(file) !== noted) found.push(`${tarball}: not what was packed`);
    else {
      const contents = readTarball(file);
      found.push(...problemsOf(contents, { version, names: known }));
      if (addons.has(name)) {
        found.push(...problemsOfAddon(contents, addons.get(name), sources));
      } else if (!contents.files.has('CHANGELOG.md')) {
        found.push('CHANGELOG.md: missing; npm run version writes it');
      }
      if (name === '@mnet/backend') {
        const optional = Object.keys(contents.manifest.optionalDependencies ?? {});
        for (const addon of [...addons.keys()].filter((a) => !optional.includes(a))) {
          found.push(`${addon}: not among its optional dependencies`);
        }
      }
    }
    problems.push(...found.map((problem) => `${name}: ${problem}`));
  }
  return problems;
}
