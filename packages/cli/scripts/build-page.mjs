// Bundles the page of `mnet watch`, from page/ with the libraries that it uses, into src/generated/: strings need no
// file to be located, so the command serves them from src/ and from dist/.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** The licences of what is bundled, which go wherever it goes. */
async function licences(names) {
  const { resolve } = createRequire(import.meta.url);
  const texts = names.map(async (name) => {
    const folder = dirname(resolve(`${name}/package.json`));
    return `${name}\n\n${await readFile(join(folder, 'LICENSE'), 'utf8')}`;
  });
  return `/*! This file holds:\n\n${(await Promise.all(texts)).join('\n')}*/`;
}

const { outputFiles } = await build({
  entryPoints: ['page/main.tsx', 'page/page.css'],
  outdir: 'build',
  bundle: true,
  write: false,
  minify: true,
  format: 'esm',
  platform: 'browser',
  conditions: ['@mnet/source'],
  target: 'es2022',
  legalComments: 'none',
  banner: { js: await licences(['preact', 'uplot']) },
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
});
const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text;
const contents = {
  markup: await readFile('page/page.html', 'utf8'),
  script: textOf('.js'),
  style: textOf('.css'),
};

await mkdir('src/generated', { recursive: true });
const lines = Object.entries(contents).map(
  ([name, text]) => `export const ${name}: string =\n  ${JSON.stringify(text)};\n`,
);
const source = ['// Written by scripts/build-page.mjs; do not edit.\n', ...lines].join('');
await writeFile('src/generated/page.ts.part', source);
await rename('src/generated/page.ts.part', 'src/generated/page.ts');
