// How much a page loads of the packages, and what comes with a part of one. Of what the repository has built, with the versions
// of its lock file: a library's release changes no figure here.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pagePackages, root } from '../workspaces.mjs';
import { packagesOf, shakers } from './page-modules.mjs';
import { parts } from './parts.mjs';

const budgetsFile = join(root, 'tools', 'size-budgets.json');
/** What no measurement raises: the backend's kernels are most of what a page loads of ours. */
const ceilings = { '@mnet/backend': 150_000 };

/** Every entry of every package that a page can load, as it is imported. */
function entries() {
  return pagePackages().flatMap(({ manifest }) =>
    Object.keys(manifest.exports)
      .filter((path) => path !== './package.json' && path !== './folder')
      .map((path) => manifest.name + path.slice(1)),
  );
}

const useOf = ({ name, from }) => `import { ${name} } from '${from}';\nconsole.log(${name});\n`;
const labelOf = ({ name, from }) => `${name} of ${from}`;

/** Bytes, compressed, of each entry and each part, with what it brings. */
async function measured() {
  const programs = [
    ...entries().map((entry) => [entry, `export * from '${entry}';`]),
    ...parts.map((part) => [labelOf(part), useOf(part)]),
  ];
  const sizes = {};
  for (const [label, program] of programs) {
    const { code } = await shakers.esbuild(program);
    sizes[label] = gzipSync(code, { level: 9 }).length;
  }
  return sizes;
}

/** What is wrong with what comes of each part, and of an import for its effects alone. */
async function shakeFailures() {
  const failures = [];
  for (const [bundler, bundle] of Object.entries(shakers)) {
    for (const part of parts) {
      const { modules, imports } = await bundle(useOf(part));
      const label = `${labelOf(part)}, bundled by ${bundler}`;
      const found = packagesOf(modules);
      const extra = found.filter((name) => !part.brings.includes(name));
      const own = part.from.replace('@mnet/', '');
      if (!found.includes(own)) failures.push(`${label}: got nothing of ${own}`);
      for (const name of extra) {
        const first = modules.filter((path) => path.includes(`packages/${name}/`)).slice(0, 3);
        failures.push(`${label}: brings ${first.join(', ')}, takes ${part.brings.join(', ')}`);
      }
      const tensorflow = imports.filter((name) => name.startsWith('@tensorflow/'));
      if (!part.tensorflow && tensorflow.length > 0) {
        failures.push(`${label}: imports ${tensorflow.join(', ')}, takes no TensorFlow.js`);
      }
    }
  }
  for (const entry of entries()) {
    // Importing the backend registers it; nothing else does anything by being imported.
    const { modules } = await shakers.esbuild(`import '${entry}';`);
    const kept = packagesOf(modules).length > 0;
    if (kept !== (entry === '@mnet/backend')) {
      const what = kept ? `keeps ${modules.slice(0, 3).join(', ')}` : 'keeps nothing';
      failures.push(`import '${entry}', bundled by esbuild: ${what}`);
    }
  }
  return failures;
}

/**
 * Compares what a page loads with the budgets of tools/size-budgets.json.
 *
 * @param options.write makes what is measured the budgets instead, with 5 % to spare
 * @returns messages of what is larger, or brings what it should not
 */
export async function checkSizes({ write = false } = {}) {
  const sizes = await measured();
  if (write) {
    const withSpare = Object.entries(sizes).map(([label, bytes]) => [
      label,
      ceilings[label] ?? Math.ceil((bytes * 1.05) / 100) * 100,
    ]);
    writeFileSync(budgetsFile, `${JSON.stringify(Object.fromEntries(withSpare), null, 2)}\n`);
  }
  const budgets = JSON.parse(readFileSync(budgetsFile, 'utf8'));
  const labels = [...new Set([...Object.keys(sizes), ...Object.keys(budgets)])];
  console.log('minified and compressed, without TensorFlow.js      bytes   budget');
  const failures = labels.flatMap((label) => {
    const [size, budget] = [sizes[label], budgets[label]];
    const cells = [size, budget].map((n) => String(n ?? '–').padStart(9));
    console.log(`${label.padEnd(48)}${cells.join('')}`);
    if (size === undefined) return [`${label}: has a budget, but is no entry and no part`];
    if (budget === undefined) return [`${label}: tools/size-budgets.json has no budget for it`];
    if (size <= budget) return [];
    return [`${label}: got ${size} bytes compressed, takes at most ${budget}`];
  });
  return [...failures, ...(await shakeFailures())];
}
