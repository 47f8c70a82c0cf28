// What comes of a program for the browser: its modules, and what it still imports. TensorFlow.js stays outside, as it is the
// program's own.
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build as esbuild } from 'esbuild';
import { rollup } from 'rollup';
import { root } from '../workspaces.mjs';

const outside = /^(?:@tensorflow\/|node:)/;

async function withEsbuild(contents) {
  const { outputFiles, metafile } = await esbuild({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['@tensorflow/*', 'node:*'],
    logLevel: 'error',
  });
  const [output] = Object.values(metafile.outputs);
  const kept = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    code: outputFiles[0].text,
    modules: kept.map(([path]) => path),
    imports: [...new Set(output.imports.map(({ path }) => path))],
  };
}

/** What Rollup has read already: programs share most of their modules. */
let cache;

async function withRollup(contents) {
  const program = {
    name: 'program',
    resolveId: (id) => (id === 'program' ? `${root}/program.mjs` : null),
    load: (id) => (id === `${root}/program.mjs` ? contents : null),
  };
  const built = await rollup({
    input: 'program',
    cache,
    external: outside,
    plugins: [program, nodeResolve({ browser: true }), commonjs()],
    onwarn: () => undefined,
  });
  const { output } = await built.generate({ format: 'es', inlineDynamicImports: true });
  cache = built.cache;
  await built.close();
  const [{ code, modules, imports }] = output;
  const kept = Object.entries(modules).filter(([, { renderedLength }]) => renderedLength > 0);
  return { code, modules: kept.map(([path]) => path), imports };
}

/** Those that look at single modules; the others have the same rules for what may go. */
export const shakers = { esbuild: withEsbuild, rollup: withRollup };

/** The packages of ours that modules are of, each named once. */
export function packagesOf(modules) {
  const own = modules.flatMap((path) => /packages\/([\w-]+)\/dist\//.exec(path)?.[1] ?? []);
  return [...new Set(own)];
}
