import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accumulate,
  adamW,
  chain,
  clipByGlobalNorm,
  modelFingerprint,
  readRun,
  runPaths,
  sgd,
  train,
  type TrainOptions,
} from '@mnet/train';
import { add, setBackend } from '@tensorflow/tfjs-core';
import { input, layers, type LayersModel, model, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abortAfter, quick, tinyDataset, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-refusals-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
let folders = 0;
const folder = (): string => join(root, `run${++folders}`);

/** A run that was stopped after two steps. */
async function stopped(network: LayersModel, options: Partial<TrainOptions> = {}): Promise<string> {
  const run = folder();
  const work = train(network, data, { ...quick, ...options, run, ...abortAfter(2) });
  await expect(work).rejects.toThrow('was stopped');
  return run;
}

describe('resume refuses and names', () => {
  const activated = (activation: 'relu' | 'linear' | 'elu'): LayersModel => {
    const net = sequential({ name: 'net', layers: [layers.flatten({ inputShape: [6, 6, 3] })] });
    net.add(layers.dense({ units: 4, activation, kernelInitializer: 'ones' }));
    net.add(layers.dense({ units: 3 }));
    return net;
  };

  it('a network of as many parameters that computes something else', async () => {
    const run = await stopped(activated('relu'));
    const resume = (net: LayersModel) => train(net, data, { ...quick, run, resume: true });
    await expect(resume(activated('linear'))).rejects.toThrow(
      /other settings \(model.layers\[1\]: it has "Dense [0-9a-f]{8}", got "Dense [0-9a-f]{8}"; model.topology: it has/,
    );
    // The same network, whose layers' names are other ones by now.
    expect((await resume(activated('relu'))).status).toBe('finished');
  });

  it('another network of the registry, by its options', async () => {
    const made = (width: number): LayersModel => {
      const net = activated('relu');
      net.setUserDefinedMetadata({
        mnet: { network: 'tiny', options: { width, strides: [1, 2] } },
      });
      return net;
    };
    const run = await stopped(made(1));
    const work = train(made(0.5), data, { ...quick, run, resume: true });
    await expect(work).rejects.toThrow('(model.made.options.width: it has 1, got 0.5)');
  });

  it('a function that takes other variables, as decay, of groups and to freeze', async () => {
    const named =
      (part: string) =>
      ({ name }: { name: string }): boolean =>
        name.includes(part);
    const options = (part: string): Pick<TrainOptions, 'optimizer' | 'freeze'>[] => [
      { optimizer: adamW({ learningRate: 0.01, decay: named(part) }) },
      {
        optimizer: accumulate(
          chain(clipByGlobalNorm(1), sgd({ groups: [{ filter: named(part), rateFactor: 2 }] })),
          { steps: 2 },
        ),
      },
      { freeze: [{ filter: named(part), after: 1 }] },
    ];
    for (const [i, then] of options('kernel').entries()) {
      const run = await stopped(tinyModel(), then);
      const resume = (part: string) =>
        train(tinyModel(), data, { ...quick, ...options(part)[i], run, resume: true });
      await expect(resume('gamma')).rejects.toThrow(
        'was made with other rates or decays of single variables, or others frozen: a filter of decay',
      );
      expect((await resume('kernel')).status).toBe('finished');
    }
  });

  it('other images or labels, other batches of the evaluation, another schedule of one’s own', async () => {
    const schedule =
      (rate: number): TrainOptions['schedule'] =>
      () =>
      () =>
        rate;
    const run = await stopped(tinyModel(), { schedule: schedule(0.01) as never });
    const resume = (changes: object, other = data) =>
      train(tinyModel(), other, {
        ...quick,
        schedule: schedule(0.01) as never,
        run,
        resume: true,
        ...changes,
      });
    const train2 = { ...data.train, images: data.train.images.slice() };
    train2.images[5] = (train2.images[5] as number) ^ 1;
    await expect(resume({}, { ...data, train: train2 })).rejects.toThrow(
      /\(dataset.fingerprints.train: it has "[0-9a-f]{64}", got/,
    );
    const test = tinyDataset(data.test.length, 99);
    await expect(resume({}, { ...data, test })).rejects.toThrow('(dataset.fingerprints.test:');
    await expect(resume({ evaluationBatchSize: 7 })).rejects.toThrow(
      '(options.evaluationBatchSize: it has 256, got 7)',
    );
    await expect(resume({ schedule: schedule(0.02) })).rejects.toThrow('(options.schedule.rates:');
    expect((await resume({})).status).toBe('finished');
  });

  it('another build or Node.js, unless that is allowed, and logs it', async () => {
    const run = await stopped(tinyModel());
    const { config, log } = runPaths(run);
    const { environment, ...rest } = JSON.parse(readFileSync(config, 'utf8'));
    const other = {
      ...environment,
      node: 'v18.1.0',
      build: 'relaxed 0123',
      threads: 64,
      cpu: 'z80',
    };
    writeFileSync(config, JSON.stringify({ ...rest, environment: other }));
    const resume = (changes = {}) =>
      train(tinyModel(), data, { ...quick, run, resume: true, ...changes });
    const major = process.version.replace(/\..*/, '');
    const differences = [
      'environment.build: it has "relaxed 0123", got nothing',
      `environment.node: it has "v18", got "${major}"`,
    ];
    await expect(resume()).rejects.toThrow(
      `made with another build (${differences.join('; ')}), so that its end would have neither's bits; write allowOtherBuild: true`,
    );
    expect((await resume({ allowOtherBuild: true })).status).toBe('finished');
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const resumed = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'resume');
    expect(resumed).toMatchObject([{ otherBuild: differences, run: rest.id }]);
    // A complete run is only given back, whatever would compute it today.
    expect((await resume()).status).toBe('finished');
    await expect(train(tinyModel(), data, { ...quick, allowOtherBuild: true })).rejects.toThrow(
      'allowOtherBuild: got true without resume',
    );
  });

  it('nothing of another number of threads or processor', async () => {
    const run = await stopped(tinyModel());
    const { config } = runPaths(run);
    const stored = JSON.parse(readFileSync(config, 'utf8'));
    const environment = { ...stored.environment, threads: 64, cpu: 'z80', cores: 1 };
    writeFileSync(config, JSON.stringify({ ...stored, environment }));
    await train(tinyModel(), data, { ...quick, run, resume: true });
    expect(readRun(run).status).toBe('finished');
  });
});

describe('modelFingerprint', () => {
  const branches = (swap: boolean): LayersModel => {
    const image = input({ shape: [6, 6, 3] });
    const flat = layers.flatten().apply(image) as typeof image;
    const dense = (units: number, from: typeof image) =>
      layers.dense({ units, kernelInitializer: 'ones' }).apply(from) as typeof image;
    const a = dense(3, flat);
    const b = layers.reLU().apply(dense(3, flat)) as typeof image;
    const pair = swap ? [b, a] : [a, b];
    return model({ inputs: image, outputs: layers.concatenate().apply(pair) as typeof image });
  };

  it('is one of what is computed: settings, connections and weights, not names', async () => {
    const first = await modelFingerprint(branches(false));
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await modelFingerprint(branches(false))).toBe(first);
    expect(await modelFingerprint(branches(true))).not.toBe(first);
    const changed = branches(false);
    changed.setWeights(changed.getWeights().map((w, i) => (i === 0 ? add(w, 1e-3) : w)));
    expect(await modelFingerprint(changed)).not.toBe(first);
  });

  it('does not ask how the weights were started, but how dropout draws', async () => {
    const seeded = (seed: number, rate: number): LayersModel => {
      const dense = layers.dense({ units: 3, kernelInitializer: 'ones' });
      const config = dense.getConfig();
      // As layers of `@mnet/layers` have it, whose weights start from a seed, and its SeededDropout.
      dense.getConfig = () => ({ ...config, seed, ...(rate > 0 ? { rate } : {}) });
      return sequential({ layers: [layers.flatten({ inputShape: [6, 6, 3] }), dense] });
    };
    const plain = await modelFingerprint(seeded(1, 0));
    expect(await modelFingerprint(seeded(2, 0))).toBe(plain);
    const drops = await modelFingerprint(seeded(1, 0.5));
    expect(await modelFingerprint(seeded(2, 0.5))).not.toBe(drops);
  });

  it('looks into networks within a network', async () => {
    const nested = (activation: 'relu' | 'linear'): LayersModel => {
      const inner = sequential({ layers: [layers.flatten({ inputShape: [6, 6, 3] })] });
      inner.add(layers.dense({ units: 3, activation, kernelInitializer: 'ones' }));
      return sequential({ layers: [inner, layers.dense({ units: 3, kernelInitializer: 'ones' })] });
    };
    const [a, b, c] = [nested('relu'), nested('relu'), nested('linear')];
    expect(weightsOf(a)).toEqual(weightsOf(c));
    expect(await modelFingerprint(b)).toBe(await modelFingerprint(a));
    expect(await modelFingerprint(c)).not.toBe(await modelFingerprint(a));
  });
});
