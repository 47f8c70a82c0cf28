import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../../tools/browser/bundle.mjs';
import { chromiumPath, resultOf, startChromium } from '../../../tools/browser/chromium.mjs';
import { isolated, pageOf, serve } from '../../../tools/browser/serve.mjs';

const program = `
  import { getThreads, mnet, pickBackend, setThreads } from '@mnet/backend';
  import { add, fill, matMul, ones, setBackend } from '@tensorflow/tfjs-core';
  import { runningBackend } from '../src/register-backend.ts';

  /** Computes without a turn of the event loop and without help: only a worker can do it. */
  function byWorkersAlone() {
    const backend = runningBackend();
    const sum = add(ones([100_000]), 41);
    const address = backend.address(sum);
    const seen = new Int32Array(backend.device.machine.memory.buffer, address, 100_000);
    const wanted = new Int32Array(Float32Array.of(42).buffer)[0];
    const end = performance.now() + 50_000;
    while (Atomics.load(seen, 99_999) !== wanted || Atomics.load(seen, 0) !== wanted) {
      if (performance.now() > end) return false;
    }
    return true;
  }

  async function run() {
    const report = { isolated: crossOriginIsolated, warnings: [] };
    console.warn = (text) => report.warnings.push(String(text).split('\\n')[0]);
    report.started = await setBackend('mnet');
    if (!report.started) {
      try { mnet(); } catch (error) { report.why = error.message; }
      report.picked = await pickBackend({ prefer: 'mnet' }).catch((error) => error.message);
      return report;
    }
    report.asDefault = getThreads() === (crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 64) : 1);
    try { report.two = await setThreads(2); } catch (error) { report.two = error.message; }
    report.threads = getThreads();
    if (report.threads === 2) report.alone = byWorkersAlone();
    const x = ones([256, 256]);
    report.values = matMul(add(x, 1), x).dataSync().every((v) => v === 512);
    await new Promise((resolve) => setTimeout(resolve, 100));
    report.after = matMul(x, x).dataSync().every((v) => v === 256);
    report.picked = (await pickBackend({ prefer: 'mnet' })).threads;
    return report;
  }
  globalThis.result = run();`;

describe.skipIf(!chromiumPath())('in Chromium (skipped where there is none)', () => {
  let browser: Awaited<ReturnType<typeof startChromium>>;
  let script: string;

  beforeAll(async () => {
    script = await bundle(program, 'browser', import.meta.dirname);
    browser = await startChromium();
  }, 180_000);
  afterAll(() => browser.close());

  async function report(headers: Record<string, string>): Promise<Record<string, unknown>> {
    const server = await serve({ '/index.html': pageOf('/page.js'), '/page.js': script }, headers);
    try {
      return (await resultOf(browser, server.url)) as Record<string, unknown>;
    } finally {
      await server.close();
    }
  }

  const policy = (text: string): Record<string, string> => ({
    ...isolated,
    'Content-Security-Policy': text,
  });
  const right = { started: true, values: true, after: true };

  test.each([
    ['no policy', isolated],
    [
      'a strict policy',
      policy("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:"),
    ],
  ])('an isolated page with %s: workers have come when setBackend ends', async (_, headers) => {
    expect(await report(headers)).toMatchObject({
      ...right,
      isolated: true,
      asDefault: true,
      two: 2,
      threads: 2,
      alone: true,
      picked: 2,
      warnings: [],
    });
  });

  test('a page that is not isolated: one thread', async () => {
    expect(await report({})).toMatchObject({
      ...right,
      isolated: false,
      asDefault: true,
      two: expect.stringMatching(/threads: got 2, but this page is not cross-origin isolated/),
      threads: 1,
      picked: 1,
      warnings: [],
    });
  });

  test.each([
    ['without blob workers', "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'"],
    ['of Trusted Types', "require-trusted-types-for 'script'"],
  ])('a policy %s: one thread, nothing is lost, a line says why', async (_, text) => {
    expect(await report(policy(text))).toMatchObject({
      ...right,
      two: 1,
      threads: 1,
      picked: 1,
      warnings: expect.arrayContaining([expect.stringMatching(/mnet: 1 of 2 threads: ./)]),
    });
  });

  test('a policy without WebAssembly: the error says what it needs', async () => {
    const got = await report(policy("script-src 'self'; worker-src blob:"));
    expect(got.started).toBe(false);
    expect(got.why).toMatch(/'mnet' did not start: .*'wasm-unsafe-eval'/);
    expect(got.picked).toMatch(/'mnet' cannot be had: .*'wasm-unsafe-eval'/);
  });
});
