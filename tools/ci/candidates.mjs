import semver from 'semver';

/**
 * The newest version of a package beyond the one that is installed, release candidates included; undefined where there is none.
 *
 * @param versions all that the registry has
 */
export function candidate(installed, versions) {
  const newer = versions.filter((version) => semver.gt(version, installed));
  return newer.toSorted(semver.compare).at(-1);
}

/**
 * What a candidate needs that is not installed: `name range`.
 *
 * @param dependencies of the candidate's package.json
 * @param versionOf the installed version of a package, or undefined
 */
export function unmet(dependencies = {}, versionOf) {
  return Object.entries(dependencies)
    .filter(([name, range]) => {
      const version = versionOf(name);
      return !version || !semver.satisfies(version, range, { includePrerelease: true });
    })
    .map(([name, range]) => `${name} ${range}`);
}
