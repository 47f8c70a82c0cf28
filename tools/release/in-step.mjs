const kinds = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

/**
 * A package.json with the ranges of some packages at a version (`^1.2.0`), or undefined where they are so already.
 *
 * @param names those packages
 */
export function inStep(manifest, names, version) {
  const changed = structuredClone(manifest);
  for (const kind of kinds) {
    for (const name of Object.keys(changed[kind] ?? {})) {
      if (names.includes(name)) changed[kind][name] = `^${version}`;
    }
  }
  return JSON.stringify(changed) === JSON.stringify(manifest) ? undefined : changed;
}
