// The workspace packages, as the other tools here need them.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The repository's root folder. */
export const root = resolve(import.meta.dirname, '..');

/** A package of the repository: its folder (from the root) and its package.json. */
export const workspace = (folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
});

/** Every package under packages/ and examples/. */
export function workspaces() {
  return ['packages', 'examples']
    .flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map(workspace);
}

/** The packages that are published, each with its folder and its package.json. */
export const publicPackages = () => workspaces().filter(({ manifest }) => !manifest.private);

/** The public packages that a page can load: not those that start processes, which are for Node.js alone. */
export function pagePackages(packages = publicPackages()) {
  return packages.filter(({ manifest }) => !['@mnet/cli', '@mnet/sweep'].includes(manifest.name));
}
