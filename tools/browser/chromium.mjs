// Chromium for tests that need a browser: the one that is installed, nothing is downloaded. Where there is none,
// `chromiumPath` gives undefined and a test says so by being skipped under its name:
// `describe.skipIf(!chromiumPath())('in Chromium: …')`.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The program of an installed Chromium or Chrome: `CHROME_PATH`, else where systems put it. */
export function chromiumPath() {
  const { CHROME_PATH } = process.env;
  return [...(CHROME_PATH ? [CHROME_PATH] : []), ...usual].find(existsSync);
}

/** Starts Chromium without a window, calling nobody; `close()` ends it. */
export async function startChromium() {
  const executablePath = chromiumPath();
  if (executablePath === undefined) {
    throw new Error('no Chromium found: install it, or set CHROME_PATH to its program');
  }
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  // A container's root has no sandbox.
  return chromium.launch({ executablePath, args: quiet, chromiumSandbox: false, timeout: 120_000 });
}

/**
 * Opens an address in a page of its own and gives what its script left as `globalThis.result`, a value or a promise
 * of one that JSON can carry. What the page throws before is the error.
 */
export async function resultOf(browser, url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    const failed = new Promise((_, reject) => {
      page.once('pageerror', reject);
      page.once('crash', () => reject(new Error(`${url}: the page crashed`)));
    });
    const asked = page.goto(url).then(() => page.evaluate(() => globalThis.result));
    return await Promise.race([asked, failed]);
  } finally {
    await context.close();
  }
}
