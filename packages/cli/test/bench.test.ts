import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSystem } from '@mnet/layers';
import { createModel } from '@mnet/models';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import manifest from '../package.json' with { type: 'json' };
import { benchCommand } from '../src/commands/bench/bench.ts';
import { inProcess, type Outcome } from './helpers/mnet.ts';

const root = new URL('..', import.meta.url).pathname;

const bench = (...args: string[]): Promise<Outcome> => inProcess(benchCommand('mnet-bench'), args);
const small = ['--model', 'mobilenet_v1', '--width', '0.05', '--backend', 'cpu'];

describe('mnet-bench', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'mnet-bench-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('explains itself', async () => {
    const help = await bench('throughput', '--help');
    expect(help.status).toBe(0);
    for (const flag of [
      '--model',
      '--batch',
      '--steps',
      '--mode',
      '--backend',
      '--threads',
      '--json',
    ]) {
      expect(help.stdout).toContain(flag);
    }
    expect(help.stdout).toContain('mobilenet_v3_small');
  });

  it('runs as the installed command', () => {
    const run = spawnSync(process.execPath, ['bin/mnet-bench.js', '--version'], { cwd: root });
    expect(run.stdout.toString()).toBe(`${manifest.version}\n`);
    expect(run.status).toBe(0);
  });

  it('measures training, and writes one JSON object', async () => {
    const file = join(dir, 'train.json');
    const run = await bench(
      'throughput',
      ...small,
      '--batch',
      '2',
      '--steps',
      '2',
      '--warmup',
      '1',
      '--json',
      file,
    );
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const result = JSON.parse(readFileSync(file, 'utf8'));
    expect(result).toMatchObject({
      model: 'mobilenet_v1',
      mode: 'train',
      backend: 'cpu',
      threads: 1,
    });
    expect(result).toMatchObject({
      batch: 2,
      width: 0.05,
      classes: 10,
      size: 32,
      strides: 'paper',
    });
    for (const key of [
      'imagesPerSecond',
      'medianMs',
      'p95Ms',
      'meanMs',
      'firstMs',
      'peakMemoryBytes',
    ]) {
      expect(result[key]).toBeGreaterThan(0);
    }
  });

  it('measures latency, as a table', async () => {
    const run = await bench('latency', ...small, '--runs', '2', '--warmup', '1');
    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(/median +[\d.]+ ms\n/);
    expect(run.stdout).not.toContain('\u001b');
  });

  it('counts what a network costs', async () => {
    const run = await bench('cost', '--model', 'mobilenet_v2', '--json', '-');
    expect(JSON.parse(run.stdout)).toMatchObject({ params: 2236682, width: 1 });
    expect((await bench('cost', '--model', 'mobilenet_v2')).stdout).toMatch(/total +2,236,682/);
  });

  it.each([
    [['latency', '--model', 'mobilenet_v9'], /'mobilenet_v9' is invalid.*mobilenet_v2, /s],
    [['latency'], /--model <name>' not specified/],
    [['latency', ...small, '--batch', '0'], /'0' is invalid.*whole number from 1/s],
    [['latency', ...small, '--width', 'wide'], /'wide' is invalid.*a number above 0, up to 10/s],
    [['latency', ...small, '--backend', 'cuda'], /'cuda' is invalid.*mnet, cpu, wasm, tensorflow/s],
    [['latency', ...small, '--bach', '1'], /unknown option '--bach'.*--batch/s],
    [['speed'], /unknown command 'speed'/],
    [
      ['throughput', ...small, '--mode', 'infer', '--no-capture'],
      /^error: --no-capture: got it with --mode infer, takes it with train$/m,
    ],
    [
      ['throughput', ...small, '--no-deploy'],
      /^error: --no-deploy: got it with --mode train, takes it with infer$/m,
    ],
    [['throughput', ...small, '--deploy'], /^error: --deploy: got it with --mode train/m],
    [['memory', ...small, '--no-capture'], /^error: --no-capture: got it with --mode infer/m],
  ])('says what is wrong with %j, and exits with 2', async (args, message) => {
    const run = await bench(...args);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
  });

  it('fails with 1 and one line, and leaves no file', async () => {
    const threads = await bench('latency', ...small, '--threads', '3');
    expect(threads.stderr).toBe(
      "error: threads: got 3, takes 1 with the backend 'cpu' in Node.js\n",
    );
    expect(threads.status).toBe(1);
    const file = join(root, 'package.json', 'x.json');
    const run = await bench('latency', ...small, '--runs', '1', '--warmup', '1', '--json', file);
    expect(run.stderr).toContain(`error: ${file}: could not be written`);
    expect(run.status).toBe(1);
    expect(existsSync(file)).toBe(false);
  });
});

describe('mnet-bench with a saved model', () => {
  let dir: string;
  const few = ['--runs', '2', '--warmup', '1'];
  const save = async (name: string, model: LayersModel): Promise<string> => {
    await model.save(fileSystem(join(dir, name)));
    return join(dir, name);
  };
  const { conv2d, flatten, dense } = layers;
  const pictures = { inputShape: [9, 8, 1], filters: 2, kernelSize: 3 };

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'mnet-bench-saved-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('measures and counts a network of ours by the path of its folder', async () => {
    const options = { classes: 7, width: 0.25, inputShape: [24, 32, 3] } as const;
    const path = await save('ours', createModel('mobilenet_v3_small', options));
    const run = await bench('latency', '--model', path, '--backend', 'cpu', ...few, '--json', '-');
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toMatchObject({
      model: path,
      mode: 'infer',
      width: null,
      size: null,
    });

    const made = ['--model', 'mobilenet_v3_small', '--classes', '7', '--width', '0.25'];
    const [saved, named] = [
      await bench('cost', '--model', path, '--json', '-'),
      await bench('cost', ...made, '--json', '-'),
    ].map(({ stdout }) => JSON.parse(stdout) as { params: number });
    expect(saved?.params).toBe(named?.params);
  });

  it.each(['mnet', 'cpu'])(
    'measures one of stock layers that ends in a softmax on %s',
    async (backend) => {
      const softmax = dense({ units: 4, activation: 'softmax' });
      const path = await save(
        'stock',
        sequential({ layers: [conv2d(pictures), flatten(), softmax] }),
      );
      const model = ['--model', join(path, 'model.json'), '--backend', backend];
      const latency = await bench('latency', ...model, ...few);
      expect(latency.stderr).toBe('');
      expect(latency.stdout).toContain('[batch, 9, 8, 1] to [batch, 4]');
      const steps = ['--batch', '3', '--steps', '2', '--warmup', '1'];
      const training = await bench('throughput', ...model, ...steps, '--json', '-');
      expect(JSON.parse(training.stdout)).toMatchObject({ mode: 'train', batch: 3, backend });
    },
  );

  it('names what is missing, broken or of other shapes, and exits with 1', async () => {
    const file = (name: string, text: string): string => {
      mkdirSync(join(dir, name), { recursive: true });
      writeFileSync(join(dir, name, 'model.json'), text);
      return join(dir, name);
    };
    const unknown = {
      class_name: 'Sequential',
      config: { layers: [{ class_name: 'Odd', config: {} }] },
    };
    const topology = { modelTopology: { model_config: unknown }, weightsManifest: [] };
    const flat = await save('flat', sequential({ layers: [dense({ units: 2, inputShape: [3] })] }));
    const maps = await save('maps', sequential({ layers: [conv2d(pictures)] }));
    const cases: [string, string, RegExp][] = [
      ['latency', join(dir, 'none', 'model.json'), /^error: --model .*none.*there is no /],
      ['cost', file('broken', '{"modelTopology":'), /^error: --model .*broken.* is not JSON/],
      ['latency', file('odd', JSON.stringify(topology)), /^error: --model .*odd: .*Odd/],
      ['latency', flat, /^error: model: got a network with input \[batch, 3\], takes/],
      [
        'throughput',
        maps,
        /^error: model: got a network with output \[batch, 7, 6, 2\], takes .*logits/,
      ],
    ];
    for (const [command, path, message] of cases) {
      const run = await bench(command, '--model', path);
      expect(run.stderr).toMatch(message);
      expect(run.stderr.trimEnd()).not.toContain('\n');
      expect(run.status).toBe(1);
    }
  });

  it.each(['--width', '--classes', '--size', '--strides'])('refuses %s beside it', async (flag) => {
    const value = flag === '--strides' ? 'cifar' : '1';
    const run = await bench('cost', '--model', './a/model.json', flag, value);
    expect(run.stderr).toContain(`'${flag}' is for networks by name; './a/model.json' has its own`);
    expect(run.status).toBe(2);
  });
});
