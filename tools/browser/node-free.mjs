// What of Node.js a browser would get with an entry of this repository's packages.
import { build } from 'esbuild';

const libraries = /node_modules\/(proper-lockfile|graceful-fs|signal-exit|retry)\//;

/**
 * Bundles all of an entry for the browser, from source, and gives what should not be in it: imports of Node's modules,
 * and libraries that need them. What Node.js alone is asked for at the time of use is not among them.
 *
 * @param entry such as '@mnet/core/files'
 * @param folder where it is resolved, such as import.meta.dirname
 * @throws where it cannot be bundled
 */
export async function nodePartsOf(entry, folder) {
  const { metafile } = await build({
    stdin: { contents: `export * from '${entry}';`, resolveDir: folder },
    bundle: true,
    write: false,
    metafile: true,
    treeShaking: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@mnet/source'],
    // Left as they are, so that they can be told. Modules without the prefix end the bundling, unless a package says
    // that browsers do without.
    external: ['node:*'],
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  const modules = Object.keys(metafile.inputs).filter((path) => libraries.test(path));
  return [...output.imports.map(({ path }) => path), ...modules];
}
