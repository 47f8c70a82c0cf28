import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles suite.ts with tfjs-core's specs, the cpu backend and ours, from the ES modules of each. In Node they
 * would load tfjs-core twice, once as CommonJS and once as the specs' modules, and neither would see the other's
 * backends; in the bundle there is one.
 *
 * @returns the bundle's path
 */
export async function bundleSuite(): Promise<string> {
  const outfile = fileURLToPath(new URL('../../build/conformance/suite.mjs', import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('suite.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    conditions: ['@mnet/source', 'node'],
    // tfjs-core's package.json declares its specs free of side effects: without this they would be dropped.
    ignoreAnnotations: true,
    external: ['jasmine-core'],
    // CommonJS modules among the dependencies call require().
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outfile;
}
