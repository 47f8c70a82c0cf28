// The packages in a page: a program for each (page-programs/) is bundled by four bundlers and run in Chromium under a
// strict content security policy, cross-origin isolated, so that threads run too.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumPath, resultOf, startChromium } from '../browser/chromium.mjs';
import { isolated, pageOf, serve } from '../browser/serve.mjs';
import { bundle, bundlerNames } from './bundlers.mjs';
import { pagePackages } from '../workspaces.mjs';

const headers = {
  ...isolated,
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:",
};

/** An import of one of Node's modules that a bundler left as it was. */
const nodeImport = /\b(?:from|import)\s*\(?\s*["'`]node:[\w/]+/;

/**
 * @param folder where all packages are installed
 * @param packages the public packages
 * @returns messages of what failed
 */
export async function checkBundles(folder, packages) {
  const names = pagePackages(packages).map(({ manifest }) => manifest.name.replace('@mnet/', ''));
  const out = join(folder, 'bundles');
  const entries = writeEntries(folder, names);
  const failures = [];
  for (const bundler of bundlerNames) {
    const what = `bundled by ${bundler}`;
    const warnings = await bundle(bundler, entries, folder, out).catch((error) => [error.message]);
    failures.push(...warnings.map((warning) => `${what}: ${warning}`));
    failures.push(...textFailures(join(out, bundler)).map((failure) => `${what}: ${failure}`));
  }
  const programs = bundlerNames.flatMap((bundler) => names.map((name) => `${bundler}/${name}`));
  console.log(`bundled for the browser: ${names.join(', ')}, each by ${bundlerNames.join(', ')}`);
  const built = programs.filter((program) => existsSync(join(out, `${program}.js`)));
  if (chromiumPath() === undefined) {
    console.log('skipped: running the bundles in Chromium, for none is installed');
    return failures;
  }
  return [...failures, ...(await inPages(out, built))];
}

/** A file for each package that starts its program, and leaves what comes of it to the page. */
function writeEntries(folder, names) {
  const programs = join(folder, 'page-programs');
  cpSync(join(import.meta.dirname, 'page-programs'), programs, { recursive: true });
  mkdirSync(join(programs, 'entries'));
  return Object.fromEntries(
    names.map((name) => {
      const entry = join(programs, 'entries', `${name}.mjs`);
      const imports = `import { allowed } from '../policy.mjs';\nimport program from '../${name}.mjs';`;
      writeFileSync(entry, `${imports}\n\nglobalThis.result = allowed(program);\n`);
      return [name, entry];
    }),
  );
}

function textFailures(dir) {
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  return files.flatMap((file) => {
    const [found] = nodeImport.exec(readFileSync(join(dir, file), 'utf8')) ?? [];
    return found === undefined ? [] : [`${file} has ${found}, which no page can load`];
  });
}

/** Runs the bundles, one after the other, each in a page of its own; gives messages of what failed. */
async function inPages(out, programs) {
  for (const program of programs)
    writeFileSync(join(out, `${program}.html`), pageOf(`/${program}.js`));
  const server = await serve(out, headers);
  const browser = await startChromium();
  const failures = [];
  try {
    for (const program of programs) {
      await resultOf(browser, `${server.url}/${program}.html`).then(
        (result) => {
          if (typeof result !== 'string') failures.push(`${program} in Chromium: it did not start`);
        },
        (error) => failures.push(`${program} in Chromium: ${error.message}`),
      );
    }
    console.log(`${programs.length} bundles ran in Chromium ${browser.version()}`);
  } finally {
    await browser.close();
    await server.close();
  }
  return failures;
}
