// Programs for tests outside of this process: one file, with this repository's packages from their source.
import { build } from 'esbuild';

// tfjs's build for Node asks for Node's modules by `require`, which a module has not. Under a name that no package imports
// it by.
const requireForNode =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/**
 * Bundles a program.
 *
 * @param program its text
 * @param platform 'browser' or 'node'
 * @param folder where its imports are resolved, such as import.meta.dirname
 */
export async function bundle(program, platform, folder) {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: folder },
    bundle: true,
    write: false,
    format: 'esm',
    platform,
    ...(platform === 'node' ? { banner: { js: requireForNode } } : {}),
    conditions: ['@mnet/source'],
    logLevel: 'error',
  });
  return outputFiles[0].text;
}
