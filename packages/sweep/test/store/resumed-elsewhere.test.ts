import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shapes10 } from '@mnet/data';
import { adam, cosine, readRun, runPaths, train, type TrainOptions } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { runArchive } from '../../src/store/stored-run.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-elsewhere-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = shapes10({ train: 60, validation: 20, test: 20, seed: 1, size: 16 });
const options: TrainOptions = {
  epochs: 4,
  batchSize: 12,
  optimizer: adam(),
  schedule: cosine({ peak: 0.02, warmupEpochs: 1 }),
  augment: { crop: { padding: 1 }, flip: true },
  ema: { decay: 0.9 },
  bestWeights: true,
  seed: 5,
};

function smallModel(): LayersModel {
  const seeded = (seed: number) => ({ className: 'GlorotUniform', config: { seed } }) as never;
  const model = sequential({ name: 'small' });
  model.add(
    layers.conv2d({
      inputShape: [16, 16, 3],
      filters: 4,
      kernelSize: 3,
      strides: 2,
      kernelInitializer: seeded(1),
    }),
  );
  model.add(layers.batchNormalization({ momentum: 0.6 }));
  model.add(layers.flatten());
  model.add(layers.dense({ units: 10, kernelInitializer: seeded(2) }));
  return model;
}

/** The digest of the weights that a complete run has saved. */
function weightsOf(run: string): string {
  const { model } = runPaths(run);
  const hash = createHash('sha256');
  const weights = readdirSync(model).filter((name) => name.endsWith('.bin'));
  expect(weights.length).toBeGreaterThan(0);
  for (const name of weights.toSorted()) hash.update(readFileSync(join(model, name)));
  return hash.digest('hex');
}

it('a training that is stopped half-way, stored and gone on with elsewhere ends with the bits of an unbroken one', async () => {
  const whole = join(root, 'whole');
  await train(smallModel(), data, { ...options, run: whole });

  const store = await openStore(join(root, 'store'));
  const archive = runArchive(store, 'study', 'run');
  const here = join(root, 'here');
  const stop = new AbortController();
  let number = 0;
  const saves: Promise<void>[] = [];
  const begun = train(smallModel(), data, {
    ...options,
    run: here,
    signal: stop.signal,
    callbacks: [
      {
        // Saved while it trains on, as a worker does it.
        onEpochEnd: ({ epoch }) => {
          saves.push(archive.save(here, { attempt: 1, number: ++number, epoch }));
        },
        onStepEnd: ({ epoch, step }) => {
          if (epoch === 3 && step === 3) stop.abort();
        },
      },
    ],
  });
  await expect(begun).rejects.toThrow(/training was stopped in epoch 3/);
  await Promise.all(saves);
  expect(saves).toHaveLength(2);

  const there = join(root, 'there');
  const at = await runArchive(store, 'study', 'run').restore(there);
  expect(at).toEqual({ attempt: 1, number: 2, epoch: 2 });
  await train(smallModel(), data, { ...options, run: there, resume: true });
  expect(weightsOf(there)).toBe(weightsOf(whole));
  const figures = (run: string) =>
    readRun(run).epochs.map(({ epoch, trainLoss, validationLoss }) => [
      epoch,
      trainLoss,
      validationLoss,
    ]);
  expect(figures(there)).toEqual(figures(whole));

  // The complete folder is what others read: the teacher of a student, a report.
  await archive.save(there, { attempt: 2, number: 1, epoch: 4 });
  await archive.end({ kind: 'complete', attempt: 2, worker: 'test', weights: weightsOf(there) });
  const read = join(root, 'read');
  await runArchive(store, 'study', 'run').restore(read);
  expect(readRun(read).status).toBe('finished');
  expect(weightsOf(read)).toBe((await archive.outcome())?.weights);
});
