import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classifierInfo, fileSystem, setClassifierInfo } from '@mnet/layers';
import { runPaths, train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { tinyModel, tinySplits } from './tiny.ts';

// A machine that is busy with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });
beforeAll(() => setBackend('cpu'));
const root = mkdtempSync(join(tmpdir(), 'mnet-train-'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const { classes, shape, mean, std } = data.train;
const options = { epochs: 1, batchSize: 16 };

it('a trained model carries its classes and how pictures become its input: saved, loaded, trained on, resumed', async () => {
  const model = tinyModel();
  expect(classifierInfo(model)).toBeUndefined();
  const run = join(root, 'first');
  await train(model, data, { ...options, run });
  expect(classifierInfo(model)).toEqual({ classes, shape, mean, std });

  const loaded = await loadLayersModel(fileSystem(runPaths(run).model));
  expect(classifierInfo(loaded)).toEqual({ classes, shape, mean, std });

  const others = { classes: ['one', 'two', 'three'], mean: [0.1, 0.1, 0.1] };
  const info = classifierInfo(loaded);
  setClassifierInfo(loaded, { ...(info as NonNullable<typeof info>), resize: 'fill' });
  await train(loaded, { train: { ...data.train, ...others } }, options);
  const expected = { ...others, shape, std, resize: 'fill' };
  expect(classifierInfo(loaded)).toEqual(expected);
  await loaded.save(fileSystem(join(root, 'second')));
  const again = await loadLayersModel(fileSystem(join(root, 'second')));
  expect(classifierInfo(again)).toEqual(expected);

  const complete = tinyModel();
  await train(complete, data, { ...options, run, resume: true });
  expect(classifierInfo(complete)).toEqual({ classes, shape, mean, std });
});
