import { mnet, pickBackend, registerMnet, setThreads } from '@mnet/backend';
import { add, engine, matMul, ones, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { loadAddon } from '../../src/native/load-addon.ts';
import { runningBackend } from '../../src/register-backend.ts';
import { tinyNetwork } from '../network.ts';
import { nodeFlags } from '../../../../tools/processes/start.mjs';

const here = fileURLToPath(new URL('../..', import.meta.url));

/** The start of a program, or of a worker's, that computes on `threads` threads. */
const start = (threads: number): string => `
  const { mnet, pickBackend } = await import('@mnet/backend');
  const { add, matMul, ones } = await import('@tensorflow/tfjs-core');
  await pickBackend({ threads: ${threads}, runtime: 'native' });
  const x = ones([256, 256]);
  const right = () => matMul(add(x, 1), x).dataSync().every((value) => value === 512);`;

/** Node.js 20 hands what --import registers to no worker. */
const ofSource = `(await import('tsx/esm/api')).register();`;

/** A worker that runs a program. */
const worker = (program: string): Worker =>
  new Worker(`(async () => { ${ofSource} ${program} })()`, {
    eval: true,
    execArgv: [...nodeFlags],
  });

/** Starts a program in a process of its own; what it printed, its exit code and its signal. */
function run(
  program: string,
  during: (pid: number) => Promise<void> = () => Promise.resolve(),
): Promise<{ out: string; code: number | null; signal: string | null }> {
  const flags = [...nodeFlags, '--input-type=module', '-e', program];
  const child = spawn(process.execPath, flags, { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const first = out === '';
      out += text;
      if (first) during(child.pid as number).catch(reject);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ out, code, signal }));
  });
}

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.skipIf(typeof loadAddon() === 'string')('the native runtime', () => {
  test('runs in several workers at once, each with a backend and threads of its own', async () => {
    const program = `${start(2)}
      let all = true;
      for (let i = 0; i < 100; i++) all &&= right();
      const { threads, runtime } = mnet();
      require('node:worker_threads').parentPort.postMessage({ all, threads, runtime });`;
    const answers = await Promise.all(
      Array.from({ length: 3 }, async () => (await once(worker(program), 'message'))[0] as unknown),
    );
    for (const answer of answers)
      expect(answer).toEqual({ all: true, threads: 2, runtime: 'native' });
  });

  test('a worker that is terminated in the middle leaves the others whole', async () => {
    const endless = worker(`${start(2)} for (;;) right();`);
    await pickBackend({ prefer: 'mnet', threads: 2 });
    const x = ones([256, 256]);
    await wait(1500);
    await endless.terminate();
    for (let i = 0; i < 20; i++) expect(matMul(x, x).dataSync()[7]).toBe(256);
    x.dispose();
  });

  test('a finished program ends by itself, with its exit code, whatever its threads do', async () => {
    expect(await run(`${start(4)} console.log(right());`)).toEqual({
      out: 'true\n',
      code: 0,
      signal: null,
    });
    const inTheMiddle = `${start(4)} const y = matMul(x, x); process.exit(7);`;
    expect(await run(inTheMiddle)).toMatchObject({ code: 7, signal: null });
    const failed = `${start(4)} right(); setTimeout(() => process.exit(3)); await new Promise(() => {});`;
    expect(await run(failed)).toMatchObject({ code: 3 });
  });

  test('goes on after child processes were forked, and after the process was stopped for a while', async () => {
    const program = `${start(2)}
      const { execFileSync } = await import('node:child_process');
      let all = true;
      console.log('runs');
      const end = performance.now() + 2500;
      let children = 0;
      while (performance.now() < end) {
        all &&= right();
        if (children < 5) { execFileSync(process.execPath, ['-e', '']); children++; }
      }
      console.log(all, mnet().threads);`;
    const { out, code } = await run(program, async (pid) => {
      for (let i = 0; i < 5; i++) {
        process.kill(pid, 'SIGSTOP');
        await wait(150);
        process.kill(pid, 'SIGCONT');
        await wait(100);
      }
    });
    expect(out).toBe('runs\ntrue 2\n');
    expect(code).toBe(0);
  });

  test('threads of backends that were removed end', async () => {
    const count = (): number =>
      Number(/^Threads:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
    await setBackend('mnet');
    await setThreads(1);
    const before = count();
    for (let i = 0; i < 10; i++) {
      removeBackend('mnet');
      registerMnet();
      await pickBackend({ prefer: 'mnet', threads: 8 });
      expect(add(ones([4]), 1).dataSync()[3]).toBe(2);
    }
    expect(count()).toBeGreaterThanOrEqual(before + 7);
    removeBackend('mnet');
    expect(count()).toBeLessThanOrEqual(before + 1);
    registerMnet();
  });

  test('its memory has a limit of its own, which the error names', async () => {
    if (engine().registry.mnet) removeBackend('mnet');
    registerMnet();
    await pickBackend({ prefer: 'mnet', threads: 1, memoryLimit: 2 ** 26 });
    expect(() => ones([16, 2 ** 20])).toThrow(/no memory for .* \(64 MB at most\)/);
    // The same again is no other.
    await pickBackend({ prefer: 'mnet', memoryLimit: 2 ** 26 });
    await expect(pickBackend({ memoryLimit: 2 ** 27 })).rejects.toThrow(
      "memoryLimit: got 134217728, but mnet has started already: await tf.removeBackend('mnet') first",
    );
    await expect(pickBackend({ runtime: 'wasm' })).rejects.toThrow(
      /runtime: got 'wasm', but mnet has started/,
    );
    removeBackend('mnet');
    registerMnet();
    expect((await pickBackend({ prefer: 'mnet', runtime: 'wasm', threads: 1 })).why).toMatch(
      /1 thread, WebAssembly/,
    );
    expect(mnet().runtime).toBe('wasm');
    for (const memoryLimit of [70_000_001, 2 ** 34]) {
      removeBackend('mnet');
      registerMnet();
      // No whole pages, and more than there is: what was asked for may be asked for again all the same.
      for (let i = 0; i < 2; i++) await pickBackend({ prefer: 'mnet', threads: 1, memoryLimit });
    }
  });

  test('beyond 4 GiB a training has the same bits', async (context) => {
    const trained = async (beyond: boolean): Promise<number[] | undefined> => {
      if (engine().registry.mnet) removeBackend('mnet');
      registerMnet();
      await pickBackend({ prefer: 'mnet', runtime: 'native', threads: 2, memoryLimit: 2 ** 33 });
      const { heap } = runningBackend().device;
      if (heap.memory.limit < 2 ** 33) return undefined;
      if (beyond) {
        // Nothing touches it, so it takes addresses and no memory.
        expect(heap.allocate(2 ** 32)).toBeGreaterThan(0);
        for (let free = heap.state().largestFreeBytes; free > 0; ) {
          heap.allocate(free);
          free = heap.state().largestFreeBytes;
        }
        expect(heap.allocate(0)).toBeGreaterThan(2 ** 32);
      }
      const network = tinyNetwork();
      for (let i = 0; i < 5; i++) network.step();
      const bits = network.variables.flatMap((variable) => [...variable.dataSync()]);
      network.dispose();
      return bits;
    };
    const usual = await trained(false);
    if (usual === undefined) context.skip("this engine's buffers end at 4 GiB");
    expect(await trained(true)).toEqual(usual);
    removeBackend('mnet');
    registerMnet();
  });
});
