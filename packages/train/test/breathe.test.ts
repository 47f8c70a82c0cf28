import { expect, test } from 'vitest';
import { bundle } from '../../../tools/browser/bundle.mjs';
import { chromiumPath, resultOf, startChromium } from '../../../tools/browser/chromium.mjs';
import { pageOf, serve } from '../../../tools/browser/serve.mjs';

// A hidden tab holds timers back; here they never come at all.
const program = `
  import { breather } from '../src/breathe.ts';

  globalThis.setTimeout = () => 0;
  const text = "self.onmessage = () => self.postMessage('up')";
  const worker = new Worker(URL.createObjectURL(new Blob([text])));
  let up = false;
  worker.onmessage = () => { up = true; };
  worker.postMessage('start');
  async function compute() {
    const breathe = breather();
    let breaths = 0;
    for (; !up; breaths++) {
      const end = performance.now() + 41;
      while (performance.now() < end);
      await breathe();
    }
    return breaths;
  }
  globalThis.result = compute();`;

test.skipIf(!chromiumPath())(
  'in Chromium (skipped where there is none): a loop that breathes lets a worker start, without timers',
  async () => {
    const script = await bundle(program, 'browser', import.meta.dirname);
    const server = await serve({ '/index.html': pageOf('/page.js'), '/page.js': script });
    const browser = await startChromium();
    try {
      expect(await resultOf(browser, server.url)).toBeGreaterThan(0);
    } finally {
      await browser.close();
      await server.close();
    }
  },
);
