// What a release has: the public packages of the repository and the addons of @mnet/backend, all of one version.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addonName } from '../../packages/backend/scripts/addon-manifest.mjs';
import { targets } from '../../packages/backend/scripts/native-targets.mjs';
import { publicPackages, root } from '../workspaces.mjs';

/** The packages of the addons: their names, and the folders into which `npm run native` puts them. */
export const addonPackages = () =>
  Object.keys(targets).map((target) => ({
    target,
    name: addonName(target),
    folder: `packages/backend/build/${target}`,
  }));

/** The repository's page, as the packages' `repository` says it. */
export function repositoryPage() {
  const { repository } = JSON.parse(
    readFileSync(join(root, 'packages', 'core', 'package.json'), 'utf8'),
  );
  return repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
}

/**
 * The version that all packages share.
 *
 * @throws where they do not
 */
export function sharedVersion(packages = publicPackages()) {
  const versions = new Set(packages.map(({ manifest }) => manifest.version));
  if (versions.size > 1) {
    const each = packages.map(({ manifest }) => `${manifest.name} ${manifest.version}`);
    throw new Error(`versions: got ${each.join(', ')}, takes one version for all: npm run version`);
  }
  return packages[0].manifest.version;
}

const kinds = ['dependencies', 'optionalDependencies', 'peerDependencies'];

/** What a published package needs: names, and the ranges of versions that it takes. */
export const needs = (manifest) => kinds.flatMap((kind) => Object.entries(manifest[kind] ?? {}));

/**
 * The packages in the order in which they are published: each after those of them that it needs, so that whoever installs
 * one meanwhile finds the others.
 *
 * @param packages with the `manifest` that is published
 * @throws where they need each other in a circle
 */
export function inPublishOrder(packages) {
  const byName = new Map(packages.map((one) => [one.manifest.name, one]));
  const order = new Set();
  const visit = (one, above) => {
    if (order.has(one)) return;
    const { name } = one.manifest;
    if (above.includes(name)) {
      throw new Error(`packages: ${[...above, name].join(' needs ')}: a circle`);
    }
    for (const [needed] of needs(one.manifest)) {
      const other = byName.get(needed);
      if (other) visit(other, [...above, name]);
    }
    order.add(one);
  };
  const sorted = [...byName].toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  for (const [, one] of sorted) visit(one, []);
  return [...order];
}
