// A program of a guide in the page that the guide has for it, as its reader opens it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromiumPath, startChromium } from '../browser/chromium.mjs';
import { isolated, serve } from '../browser/serve.mjs';

/**
 * Bundles a program into `public/page.js`, beside what earlier programs have left there, and opens `html` in Chromium, where
 * one is installed, until its `<output>` says something else than before.
 *
 * @param code JavaScript
 * @param folder where its packages are installed
 */
export async function runInPage(code, html, folder) {
  if (html === undefined) throw new Error('a program in a page, and no block of html');
  const files = join(folder, 'public');
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, 'index.html'), html);
  const stdin = { contents: code, resolveDir: folder };
  const outfile = join(files, 'page.js');
  await build({ stdin, outfile, bundle: true, format: 'esm', logLevel: 'silent' });
  if (chromiumPath() === undefined) return;
  const server = await serve(files, isolated);
  const browser = await startChromium();
  try {
    const page = await browser.newPage();
    const failed = new Promise((_, reject) => {
      page.once('pageerror', reject);
    });
    const said = async () => {
      await page.goto(server.url, { waitUntil: 'commit' });
      const output = page.locator('output');
      const before = /<output>(.*)<\/output>/.exec(html)?.[1];
      await output.filter({ hasNotText: before }).waitFor();
    };
    await Promise.race([said(), failed]);
  } finally {
    await browser.close();
    await server.close();
  }
}
