// The package.json of an addon's package, and what names such a package.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { targets } from './native-targets.mjs';
import { here } from './sources.mjs';

const backend = () => JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));

/** The name of the package that has the addon for a target. */
export const addonName = (target) => `${backend().name}-${target}`;

/**
 * @param target one of native-targets.mjs
 * @param mnet what the addon was made of: `sources`, the digest of the C, and `sha256`, its own
 */
export function addonManifest(target, mnet) {
  const { os, cpu, libc } = targets[target];
  const { name, version, license, repository, homepage, bugs, keywords, engines } = backend();
  return {
    name: `${name}-${target}`,
    version,
    description: `The kernels of ${name} as ${target} has them; installed by it where they fit`,
    keywords,
    license,
    repository,
    homepage,
    bugs,
    engines,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    main: 'mnet.node',
    files: ['mnet.node'],
    publishConfig: { access: 'public' },
    mnet,
  };
}
