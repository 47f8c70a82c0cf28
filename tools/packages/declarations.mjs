// What a package's types need: a user who checks declarations too (`skipLibCheck: false`) must have all of it, and has no
// optional peer that was not asked for.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import ts from 'typescript';

/** The package of an import, such as `@mnet/core` of `@mnet/core/files`. */
const packageOf = (name) => /^(@[^/]+\/)?[^/]+/.exec(name)[0];

/**
 * The imports that a package's declarations reach from its entries, and that who installs it need not have.
 *
 * @param folder where the package is built
 * @returns a line each, with the way that leads there
 */
export function missingTypes(folder, manifest) {
  const { name, dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const needed = new Set([name, ...Object.keys(dependencies)]);
  for (const peer of Object.keys(peerDependencies)) {
    if (!peerDependenciesMeta[peer]?.optional) needed.add(peer);
  }
  const entries = Object.values(manifest.exports).flatMap(({ types }) => types ?? []);
  const from = new Map(entries.map((entry) => [resolve(folder, entry), undefined]));
  const wayTo = (file) => (file ? [...wayTo(from.get(file)), relative(folder, file)] : []);
  const missing = [];
  for (const [file] of from) {
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'));
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.')) {
        const next = resolve(dirname(file), fileName.replace(/\.[jt]s$/, '.d.ts'));
        if (!from.has(next)) from.set(next, file);
      } else if (!isBuiltin(fileName) && !needed.has(packageOf(fileName))) {
        missing.push(
          `types of ${name} need ${fileName}, which is optional: ${wayTo(file).join(' → ')}`,
        );
      }
    }
  }
  return missing;
}
