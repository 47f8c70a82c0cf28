// The public packages as tarballs, and folders into which they are installed as a user installs them.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostTarget } from '../../packages/backend/scripts/native-targets.mjs';
import { publicPackages, root } from '../workspaces.mjs';
import { run } from './run.mjs';

/** Packs every public package into `dir`; each comes with its folder, its manifest and the path of its tarball. */
export async function pack(dir) {
  const publics = publicPackages();
  const selected = publics.flatMap(({ folder }) => ['-w', folder]);
  const quiet = ['--json', '--ignore-scripts', '--pack-destination', dir];
  const packed = Object.values(JSON.parse(await run('npm', ['pack', ...quiet, ...selected])));
  return publics.map((p) => {
    const { filename } = packed.find(({ name }) => name === p.manifest.name);
    return { ...p, tarball: join(dir, filename) };
  });
}

/** The native addon's manifest and the path of its tarball, where `npm run native` has made it for this machine. */
export async function packAddon(dir) {
  const target = hostTarget();
  const folder = join(root, 'packages', 'backend', 'build', String(target));
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const [{ filename }] = JSON.parse(
    await run('npm', ['pack', '--json', '--pack-destination', dir], folder),
  );
  return { manifest: JSON.parse(readFileSync(file, 'utf8')), tarball: join(dir, filename) };
}

/**
 * A new folder in which `npm init -y` and `npm install` were run: packages of ours from their tarballs, with those of
 * ours that they need, all else from the registry.
 *
 * @param names as one writes them after `npm install`
 */
export async function install(folder, names, packages) {
  mkdirSync(folder, { recursive: true });
  await run('npm', ['init', '-y'], folder);
  const byName = new Map(packages.map((p) => [p.manifest.name, p]));
  const seen = new Set();
  const add = (name) => {
    if (!byName.has(name) || seen.has(name)) return;
    seen.add(name);
    const { dependencies, peerDependencies } = byName.get(name).manifest;
    Object.keys({ ...dependencies, ...peerDependencies }).forEach(add);
  };
  names.forEach(add);
  const tarballs = [...seen].map((name) => byName.get(name).tarball);
  const others = names.filter((name) => !byName.has(name));
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run('npm', ['install', ...quiet, ...tarballs, ...others], folder);
}
