import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnyResult, type BenchResult, readResults } from '@mnet/bench';
import { fileSystem } from '@mnet/layers';
import { createModel } from '@mnet/models';
import { useBackend } from '@mnet/cli';
import { benchCommand } from '../src/commands/bench/bench.ts';
import { settingsOf } from '../src/commands/bench/settings.ts';
import { inProcess, type Outcome } from './helpers/mnet.ts';

const bench = (...args: string[]): Promise<Outcome> => inProcess(benchCommand('mnet-bench'), args);

let dir: string;
let saved: string;
beforeAll(async () => {
  await useBackend('cpu');
  dir = mkdtempSync(join(tmpdir(), 'mnet-bench-several-'));
  saved = join(dir, 'net');
  await createModel('mobilenet_v3_small', { classes: 10, width: 0.1 }).save(fileSystem(saved));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const file = (name: string): string => join(dir, name);
const json = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(file(name), 'utf8')) as Record<string, unknown>;

describe('settingsOf', () => {
  const all = { model: ['a'], backend: 'mnet' as const, batch: [1] };

  it('are every combination', () => {
    const found = settingsOf({ ...all, model: ['a', 'b'], threads: [1, 2], batch: [1, 8] });
    expect(found).toHaveLength(8);
    expect(found[3]).toEqual({ model: 'a', backend: 'mnet', threads: 2, batch: 8 });
  });

  it('measure a backend of one thread once beside others, and let it say so where it is alone', () => {
    const threads = [1, 2, 4];
    const beside = settingsOf({ ...all, backends: ['mnet:wasm', 'cpu'], threads });
    expect(beside.map((each) => [each.backend, each.threads])).toEqual([
      ['mnet:wasm', 1],
      ['mnet:wasm', 2],
      ['mnet:wasm', 4],
      ['cpu', undefined],
    ]);
    expect(settingsOf({ ...all, backend: 'cpu', threads: [3] })[0]?.threads).toBe(3);
  });
});

describe('mnet-bench of several', () => {
  it('measures networks on backends in turns, each in a process of its own, and says what it could not', async () => {
    const few = ['--runs', '3', '--warmup', '1', '--rounds', '1', '--threads', '1'];
    const models = ['--model', `mobilenet_v1:0.05,${saved},${file('none')}/`, '--size', '16'];
    const run = await bench(
      'latency',
      ...models,
      '--backends',
      'mnet:wasm,tensorflow',
      ...few,
      '--json',
      file('turns.json'),
    );
    expect(run.stderr).toMatch(/tensorflow.*npm install @tensorflow\/tfjs-node/);
    expect(run.stderr).toMatch(
      /round 1 of 1: mobilenet_v1 ×0.05, infer, mnet:wasm, 1 thread, batch 1/,
    );
    expect(run.stderr).toMatch(
      /^error: not measured: .*none\/ on mnet:wasm, batch 1: --model .*there is no/m,
    );
    expect(run.status).toBe(1);
    const results = (await readResults(file('turns.json'))) as BenchResult[];
    expect(results).toHaveLength(2);
    expect(results[0]).toMatchObject({
      model: 'mobilenet_v1',
      width: 0.05,
      size: 16,
      on: 'mnet:wasm',
      environment: { runtime: 'wasm', threads: 1 },
      roundsMs: [{ length: 3 }],
    });
    expect(results[1]).toMatchObject({ model: saved, width: null, size: null });
    expect(results[0]?.session).toBe(results[1]?.session);
    expect(results[0]?.environment.command?.slice(0, 2)).toEqual(['mnet-bench', 'latency']);
    const compared = await bench('compare', file('turns.json'));
    expect(compared.stdout).toMatch(/mobilenet_v1 ×0.05.* → .*net,.*runs of one process/);
  });

  it('measures memory, size and cost', async () => {
    const memory = await bench(
      'memory',
      '--model',
      'mobilenet_v1:0.05',
      '--backend',
      'cpu',
      '--steps',
      '1',
      '--json',
      file('memory.json'),
    );
    expect(memory.stderr).toBe('');
    expect(json('memory.json')).toMatchObject({ kind: 'memory', width: 0.05, backend: 'cpu' });

    const names = ['--model', `mobilenet_v1:0.05,${saved}`];
    await bench('size', ...names, '--json', file('size.json'));
    const [first, second] = await readResults(file('size.json'));
    expect(first).toMatchObject({ kind: 'size', model: 'mobilenet_v1', width: 0.05 });
    expect(second).toMatchObject({ kind: 'size', model: saved, width: null });
    expect((await bench('size', ...names)).stdout).toMatch(/float32 +gzip +float16 +gzip +uint8/);

    await bench('cost', ...names, '--json', file('cost.json'));
    expect((await readResults(file('cost.json'))).map(({ params }) => params)).toEqual([
      first?.params,
      second?.params,
    ]);
    const table = (await bench('cost', ...names)).stdout;
    expect(table.match(/^total/gm)).toHaveLength(2);
  });

  it('measures the accuracy of what was saved, and of nothing else', async () => {
    const data = ['--dataset', 'shapes10', '--limit', '60', '--backend', 'cpu'];
    const views = ['--mirror', '--json', file('accuracy.json')];
    const run = await bench('accuracy', '--model', saved, ...data, ...views);
    expect(run.stderr).toBe('');
    expect(await readResults(file('accuracy.json'))).toMatchObject([
      {
        kind: 'accuracy',
        model: saved,
        dataset: 'shapes10',
        part: 'test',
        count: 60,
        mirror: true,
        shift: 0,
      },
    ]);
    const named = await bench('accuracy', '--model', 'mobilenet_v2:0.5', ...data);
    expect(named.stderr).toContain('a network by name has learned nothing');
    expect(named.status).toBe(2);
  });

  it.each([
    [['--backends', 'mnet', '--backend', 'cpu'], /cannot be used with option/],
    [['--backends', 'gpu'], /'gpu' is invalid.*mnet:native, mnet:wasm/s],
    [['--backends', 'cpu:wasm'], /'cpu:wasm' is invalid/],
    [['--backends', ''], /is invalid/],
    [['--batch', '1,x'], /'1,x' is invalid/],
    [['--rounds', '0'], /'0' is invalid/],
  ])('refuses %j', async (flags, message) => {
    const run = await bench('latency', '--model', 'mobilenet_v2', ...flags);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
  });
});

describe('mnet-bench compare and report', () => {
  const time = (session: string, ...medians: number[]): AnyResult => {
    const [before] = [json('turns.json')].map(({ results }) => (results as BenchResult[])[0]);
    return {
      ...(before as BenchResult),
      session,
      roundsMs: medians.map((m) => [m, m]),
      medianMs: medians[0] as number,
    };
  };
  const write = (name: string, result: AnyResult): string => {
    writeFileSync(file(name), JSON.stringify({ format: 'mnet-bench', version: 1, ...result }));
    return file(name);
  };

  it('compares two files, and fails where asked to', async () => {
    const before = write('before.json', time('s', 1, 1, 1, 1, 1, 1));
    const after = write('after.json', time('s', 1.2, 1.2, 1.2, 1.2, 1.2, 1.2));
    const run = await bench('compare', before, after);
    expect(run.stdout).toMatch(/×1\.200 +1\.200 … 1\.200 +rounds in turns +worse/);
    expect(run.status).toBe(0);
    const failed = await bench('compare', before, after, '--fail-above', '0.1', '--json', '-');
    expect(failed.stderr).toMatch(/^error: worse by more than 10\.00%: mobilenet_v1 .*×1\.200/);
    expect(failed.status).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      confidence: 0.95,
      comparisons: [{ verdict: 'worse', noise: 'in turns' }],
    });
    expect((await bench('compare', before, after, '--fail-above', '0.3')).status).toBe(0);
    expect((await bench('compare', after, before, '--fail-above', '0')).status).toBe(0);
  });

  it('names a file that is none', async () => {
    const foreign = file('foreign.json');
    writeFileSync(foreign, '[{"name":"a","unit":"ms","value":1}]');
    for (const args of [
      ['compare', foreign],
      ['report', foreign],
    ]) {
      const run = await bench(...args);
      expect(run.stderr).toMatch(
        /^error: .*foreign\.json: got .*, takes an object that mnet bench/,
      );
      expect(run.status).toBe(1);
    }
  });

  it('refuses a title where no page is written', async () => {
    const cases: [string[], string][] = [
      [[], 'markdown'],
      [['--output', file('titled.md')], 'markdown'],
      [['--output', file('titled.html'), '--format', 'json'], 'json'],
    ];
    for (const [flags, format] of cases) {
      const run = await bench('report', file('turns.json'), '--title', 'Mine', ...flags);
      expect(run.stderr).toContain(
        `error: --title: got it with the format ${format}, takes it with html`,
      );
      expect(run.status).toBe(2);
    }
  });

  it('reports files together, by the ending of the output', async () => {
    const files = ['turns.json', 'memory.json', 'size.json', 'cost.json', 'accuracy.json'].map(
      file,
    );
    const page = await bench('report', ...files, '--output', file('r.html'), '--title', 'Mine');
    expect(page.stdout).toBe(`report: ${file('r.html')}\n`);
    expect(readFileSync(file('r.html'), 'utf8')).toContain('<h1>Mine</h1>');
    await bench('report', ...files, '--output', file('all.json'));
    expect(await readResults(file('all.json'))).toHaveLength(8);
    const written = await bench('report', file('all.json'));
    expect(written.stdout).toMatch(/^### Times\n\n\| Network \| Pixels \| Mode/);
    const action = await bench('report', file('all.json'), '--format', 'github-action-benchmark');
    expect(JSON.parse(action.stdout)).toContainEqual(
      expect.objectContaining({ name: expect.stringContaining('mnet:wasm') as string, unit: 'ms' }),
    );
    expect(existsSync(file('undefined'))).toBe(false);
  });
});
