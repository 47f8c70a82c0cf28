// Vite, Rollup, esbuild and webpack, each as a user calls it for a page: no plugin but, for Rollup, the two that find
// packages and read CommonJS, which TensorFlow.js needs. Each gives the list of what it warned about.
import { join } from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build as esbuild } from 'esbuild';
import { rollup } from 'rollup';
import { build as vite, createLogger } from 'vite';
import webpack from 'webpack';

/** @param entries {name: path of its program} @returns the warnings */
async function withVite(entries, root, outDir) {
  const warnings = [];
  const warn = (message) => warnings.push(message);
  await vite({
    root,
    base: './',
    configFile: false,
    logLevel: 'warn',
    customLogger: { ...createLogger('warn'), warn, warnOnce: warn },
    build: {
      outDir,
      minify: false,
      target: 'es2022',
      chunkSizeWarningLimit: 1e6,
      rolldownOptions: { input: entries, output: { entryFileNames: '[name].js' } },
    },
  });
  return warnings;
}

async function withRollup(entries, _root, dir) {
  const warnings = [];
  const built = await rollup({
    input: entries,
    plugins: [nodeResolve({ browser: true }), commonjs()],
    onwarn: ({ code, ids = [], message }) => {
      // TypeScript's helpers ask for `this`, d3-interpolate has circles of its own: neither does harm.
      const circle = code === 'CIRCULAR_DEPENDENCY' && !ids.some((id) => id.includes('@mnet'));
      if (code !== 'THIS_IS_UNDEFINED' && !circle) warnings.push(message);
    },
  });
  await built.write({ dir, format: 'es' });
  await built.close();
  return warnings;
}

async function withEsbuild(entryPoints, absWorkingDir, outdir) {
  const { warnings } = await esbuild({
    absWorkingDir,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  });
  return warnings.map(({ text, location }) => `${text} (${location?.file})`);
}

async function withWebpack(entry, context, path) {
  const compiler = webpack({
    context,
    entry,
    mode: 'production',
    target: 'web',
    performance: false,
    optimization: { minimize: false },
    output: { path },
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  if (errors.length > 0) {
    throw new Error(errors.map(({ message }) => message.split(/\n +at /)[0]).join('\n'));
  }
  return warnings.map(({ message, moduleName }) => `${message} (${moduleName})`);
}

const bundlers = { vite: withVite, rollup: withRollup, esbuild: withEsbuild, webpack: withWebpack };

export const bundlerNames = Object.keys(bundlers);

/**
 * Bundles programs for the browser.
 *
 * @param name of {@link bundlerNames}
 * @param entries each program's path by its name
 * @param root the folder whose node_modules holds what they import
 * @param out the folder for the bundles: `NAME.js`, and what they share
 * @returns what the bundler warned about
 */
export function bundle(name, entries, root, out) {
  return bundlers[name](entries, root, join(out, name));
}
