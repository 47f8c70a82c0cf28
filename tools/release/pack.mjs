// The tarballs of a release, in a folder of their own, with plan.json: what stands in each, in the order of publishing.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../packages/run.mjs';
import { publicPackages, root } from '../workspaces.mjs';
import { addonPackages, inPublishOrder, sharedVersion } from './packages.mjs';
import { integrity, readTarball } from './tarball.mjs';

const planFile = 'plan.json';

/**
 * Packs every public package, and each addon that was built.
 *
 * @param dir the folder for tarballs and plan; what stood there is gone
 * @returns the plan: `version`, `commit`, and `packages` with name, version, tarball, integrity, size and files
 * @throws for packages that were not built
 */
export async function pack(dir) {
  const packages = publicPackages();
  const version = sharedVersion(packages);
  const unbuilt = packages.filter(({ folder }) => !existsSync(join(root, folder, 'dist')));
  if (unbuilt.length > 0) {
    throw new Error(`${unbuilt.map((p) => p.folder).join(', ')}: not built; npm run build`);
  }
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const workspaces = packages.flatMap(({ folder }) => ['-w', folder]);
  const addons = addonPackages()
    .map(({ folder }) => join(root, folder))
    .filter((folder) => existsSync(join(folder, 'package.json')));
  const quiet = ['pack', '--json', '--loglevel=error', '--pack-destination', dir];
  const said = [await run('npm', [...quiet, ...workspaces])];
  if (addons.length > 0) said.push(await run('npm', [...quiet, ...addons]));
  const packed = said.flatMap((json) => Object.values(JSON.parse(json)));
  const read = packed.map(({ filename, size, unpackedSize, files }) => {
    const file = join(dir, filename);
    const { manifest } = readTarball(file);
    return { manifest, tarball: filename, integrity: integrity(file), size, unpackedSize, files };
  });
  const plan = {
    version,
    commit: (await run('git', ['rev-parse', 'HEAD'])).trim(),
    packages: inPublishOrder(read).map(({ manifest, files, ...rest }) => ({
      name: manifest.name,
      version: manifest.version,
      ...rest,
      files: files.map(({ path }) => path),
    })),
  };
  const path = join(dir, planFile);
  writeFileSync(`${path}.part`, `${JSON.stringify(plan, null, 2)}\n`);
  renameSync(`${path}.part`, path);
  return plan;
}

/** The plan that `pack` left in a folder. */
export function readPlan(dir) {
  const path = join(dir, planFile);
  if (!existsSync(path)) throw new Error(`${path}: missing; npm run release -- pack makes it`);
  return JSON.parse(readFileSync(path, 'utf8'));
}
