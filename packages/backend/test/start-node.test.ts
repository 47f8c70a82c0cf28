import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../../tools/browser/bundle.mjs';

let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-start-'));
  const program = await bundle(
    `
    import { getThreads, kernelBuilds, mnet, pickBackend, setThreads } from '@mnet/backend';
    import { add, matMul, ones, setBackend } from '@tensorflow/tfjs-core';

    const report = {};
    report.started = await setBackend('mnet');
    if (report.started) {
      report.two = await setThreads(2);
      report.threads = getThreads();
      const x = ones([256, 256]);
      report.values = matMul(add(x, 1), x).dataSync().every((v) => v === 512);
      // What lets the event loop turn must not bring a late error.
      await new Promise((resolve) => setTimeout(resolve, 1));
      report.after = matMul(x, x).dataSync().every((v) => v === 256);
    } else {
      report.builds = kernelBuilds();
      try { mnet(); } catch (error) { report.why = error.message; }
      report.picked = await pickBackend({ prefer: 'mnet' }).catch((error) => error.message);
    }
    console.log(JSON.stringify(report));`,
    'node',
    import.meta.dirname,
  );
  writeFileSync(join(dir, 'program.mjs'), program);
  // What many preloads do: they expect the main thread, or end what is not.
  const preload = "if (!require('node:worker_threads').isMainThread) process.exit(7);";
  writeFileSync(join(dir, 'preload.cjs'), preload);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const in4GB = ['-c', 'ulimit -v 4000000; exec "$0" "$@"', process.execPath];
/** Whether this Node.js has no memory of 4 GB there; newer ones do, or do not start at all. */
const refuses = `try { new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }); process.exit(1) } catch {}`;
const refused =
  process.platform === 'linux' && spawnSync('sh', [...in4GB, '-e', refuses]).status === 0;

interface Outcome {
  report: Record<string, unknown>;
  stderr: string;
}

function run(command: string, args: string[], env: Record<string, string> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: dir,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    encoding: 'utf8',
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return { report: JSON.parse(stdout) as Record<string, unknown>, stderr };
}

const node = (flags: string[], env?: Record<string, string>): Outcome =>
  run(process.execPath, [...flags, 'program.mjs'], env);

const two = { started: true, two: 2, threads: 2, values: true, after: true };

test('TensorFlow finds its threads and what Node 23 removed when it is loaded', async () => {
  const library = join(dir, 'node_modules', '@tensorflow', 'tfjs-node');
  mkdirSync(library, { recursive: true });
  writeFileSync(join(library, 'package.json'), '{"main":"index.cjs"}');
  // Stands in for the library: it notes what it finds, and registers no backend.
  writeFileSync(
    join(library, 'index.cjs'),
    `globalThis.found = { threads: process.env.TF_NUM_INTRAOP_THREADS,
       absent: require('node:util').isNullOrUndefined(null) };`,
  );
  const program = await bundle(
    `
    import { pickBackend } from '@mnet/backend';

    const error = await pickBackend({ prefer: 'tensorflow', threads: 3 }).catch((e) => e.message);
    const { TF_NUM_INTRAOP_THREADS: kept } = process.env;
    console.log(JSON.stringify({ error, kept, found: globalThis.found }));`,
    'node',
    import.meta.dirname,
  );
  writeFileSync(join(dir, 'tensorflow.mjs'), program);
  const { report } = run(process.execPath, ['tensorflow.mjs']);
  expect(report).toEqual({
    error: expect.stringMatching(/'tensorflow' cannot be had: Backend name 'tensorflow' not found/),
    kept: '3',
    found: { threads: '3', absent: true },
  });
});

describe('in a Node.js that was started', () => {
  test.each([
    ['without flags', []],
    ['with --require', ['--require', './preload.cjs']],
    ['with a memory limit', ['--max-old-space-size=256']],
    ['without eval', ['--disallow-code-generation-from-strings']],
    ['to warn and trace', ['--trace-uncaught', '--pending-deprecation']],
  ])('%s two threads run', (_, flags) => {
    const { report, stderr } = node(flags);
    expect(report).toEqual(two);
    expect(stderr).toBe('');
  });

  test('with --input-type=module, whose program is text, two threads run', () => {
    const text = ['--input-type=module', '-e', "await import('./program.mjs')"];
    expect(run(process.execPath, text).report).toEqual(two);
  });

  test('with flags in NODE_OPTIONS two threads run', () => {
    expect(node([], { NODE_OPTIONS: '--require ./preload.cjs' }).report).toEqual(two);
  });

  test('with permissions that leave out workers one thread runs, and a line says why', () => {
    const flag = ['--permission', '--experimental-permission'].find((f) =>
      process.allowedNodeEnvironmentFlags.has(f),
    );
    const { report, stderr } = node([flag as string, '--allow-fs-read=*']);
    expect(report).toEqual({ ...two, two: 1, threads: 1 });
    expect(stderr).toMatch(/mnet: 1 of 2 threads: .*(permission|restricted)/i);
  });

  test('without WebAssembly the error says so', () => {
    const { report } = node(['--jitless']);
    expect(report.started).toBe(false);
    expect(report.builds).toEqual([]);
    expect(report.why).toMatch(/'mnet' did not start: there is no WebAssembly here.*--jitless/);
    expect(report.picked).toMatch(/'mnet' cannot be had: there is no WebAssembly here/);
  });

  test.skipIf(!refused)(
    'with 4 GB of address space the error says so (Linux, a Node.js that refuses it)',
    () => {
      const { report } = run('sh', [...in4GB, 'program.mjs']);
      expect(report.started).toBe(false);
      expect(report.why).toMatch(/no address space.*ulimit -v/);
      expect(report.picked).toMatch(/'mnet' cannot be had: there is no address space/);
    },
  );
});
