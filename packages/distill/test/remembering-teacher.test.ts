import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatherBatch } from '@mnet/data';
import {
  cachedTeacher,
  cacheLogits,
  distill,
  fitNet,
  hintonKd,
  modelTeacher,
  rememberingTeacher,
  type Teacher,
} from '@mnet/distill';
import { sgd } from '@mnet/train';
import { memory, ones, setBackend, tidy, zerosLike } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { tinyDataset, tinyModel, tinySplits, weightsOf } from './tiny.ts';

// A machine that is busy with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const root = mkdtempSync(join(tmpdir(), 'mnet-remembering-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const network = (seed = 5): LayersModel => tinyModel('teacher', { channels: 6, seed });
const drawn = { flip: true, crop: { padding: 1 }, mixup: { alpha: 1 } } as const;
const quick = {
  epochs: 2,
  batchSize: 12,
  optimizer: sgd({ learningRate: 0.05 }),
  augment: drawn,
  evaluateTeacher: false,
};
/** Batches of a training: two epochs of 48 images. */
const steps = 8;

/** Weights of a student that learned from a teacher. */
async function taught(
  teacher: LayersModel | Teacher,
  {
    temperature = 4,
    seed = 3,
    ...others
  }: { temperature?: number; seed?: number; run?: string } = {},
): Promise<number[]> {
  const student = tinyModel('student', { channels: 3 });
  const losses = [hintonKd({ temperature })];
  await distill(student, { teacher, data, ...quick, losses, seed, ...others });
  return weightsOf(student);
}

/** A teacher with a count of the batches that it was asked about. */
function counted(model: LayersModel | Teacher): { teacher: Teacher; asked: () => number } {
  const teacher = 'prepare' in model ? model : modelTeacher(model);
  let asked = 0;
  return {
    asked: () => asked,
    teacher: {
      ...teacher,
      prepare(taps) {
        const prepared = teacher.prepare(taps);
        return {
          shapes: prepared.shapes,
          forward(batch) {
            asked++;
            return prepared.forward(batch);
          },
        };
      },
    },
  };
}

it('asks about each batch once, however many students learn, and leaves the bits as they are', async () => {
  const plain = network();
  const { teacher, asked } = counted(plain);
  const remembering = rememberingTeacher(teacher);
  expect(await taught(remembering)).toEqual(await taught(plain));
  expect(asked()).toBe(steps);
  expect(await taught(remembering, { temperature: 2 })).toEqual(
    await taught(plain, { temperature: 2 }),
  );
  expect(asked()).toBe(steps);
  expect(remembering).toMatchObject({ computed: steps, remembered: steps });
  // Every image twice, three classes.
  expect(remembering.bytes).toBe(2 * 48 * 3 * 4);
  // From another seed the images are others.
  await taught(remembering, { seed: 4 });
  expect(asked()).toBe(2 * steps);
});

it('holds what it may, and asks about all else each time', async () => {
  const { teacher, asked } = counted(network());
  const row = 3 * 4;
  const remembering = rememberingTeacher(teacher, { maxBytes: 2 * row });
  const prepared = remembering.prepare([]);
  const ask = (index: number): number[] =>
    tidy(() => [...prepared.forward(gatherBatch(data.train, [index])).logits.dataSync()]);
  const first = [ask(0), ask(1), ask(2)];
  expect(remembering.bytes).toBe(2 * row);
  expect(asked()).toBe(3);
  // As students do, one after the other: what is kept is found, though it is not all.
  expect([ask(0), ask(1), ask(2)]).toEqual(first);
  expect(asked()).toBe(4);
  remembering.forget();
  expect(remembering.bytes).toBe(0);
  ask(2);
  ask(2);
  expect(asked()).toBe(5);
});

it('knows a batch by its pixels, and by where the images stand', async () => {
  const images = data.train;
  const stored = rememberingTeacher(
    cachedTeacher(await cacheLogits(network(), images), images),
  ).prepare([]);
  const model = rememberingTeacher(network()).prepare([]);
  const before = memory().numTensors;
  tidy(() => {
    const batch = gatherBatch(images, [0, 1]);
    const logits = [...stored.forward(batch).logits.dataSync()];
    const elsewhere = { ...batch, indices: Int32Array.of(2, 3) };
    expect([...stored.forward(elsewhere).logits.dataSync()]).not.toEqual(logits);
    expect([...stored.forward(batch).logits.dataSync()]).toEqual(logits);
  });
  tidy(() => {
    const batch = gatherBatch(images, [0, 1]);
    const logits = [...model.forward(batch).logits.dataSync()];
    for (const other of [ones(batch.images.shape), zerosLike(batch.images)]) {
      const answer = model.forward({ ...batch, images: other as typeof batch.images });
      expect([...answer.logits.dataSync()]).not.toEqual(logits);
    }
    const again = model.forward(batch).logits;
    expect(again.shape).toEqual([2, 3]);
    expect([...again.dataSync()]).toEqual(logits);
  });
  expect(memory().numTensors).toBe(before);
});

it('asks each time where losses need the teacher’s layers', async () => {
  const { teacher, asked } = counted(network());
  const remembering = rememberingTeacher(teacher);
  const taps = [{ student: 'student_features', teacher: 'teacher_features' }];
  for (const _ of [1, 2]) {
    const student = tinyModel('student', { channels: 3 });
    await distill(student, { ...quick, teacher: remembering, data, losses: [fitNet({ taps })] });
  }
  expect(asked()).toBe(2 * steps);
  expect(remembering.bytes).toBe(0);
});

it('is written down as the teacher that it asks, and forgets where that one has changed', async () => {
  const model = network();
  const { teacher, asked } = counted(model);
  const remembering = rememberingTeacher(teacher);
  expect(remembering).toMatchObject({
    name: 'teacher',
    classes: 3,
    config: teacher.config,
    parameters: teacher.parameters,
    inputShape: [6, 6, 3],
  });
  expect(await remembering.fingerprint?.()).toBe(await teacher.fingerprint?.());
  await taught(remembering, { run: join(root, 'a') });
  await taught(remembering, { run: join(root, 'b') });
  expect(asked()).toBe(steps);
  model.setWeights(network(6).getWeights());
  const weights = await taught(remembering, { run: join(root, 'c') });
  expect(asked()).toBe(2 * steps);
  expect(weights).toEqual(await taught(model));
});

it('stands for stored logits too, with what these can do', async () => {
  const stored = cachedTeacher(await cacheLogits(network(), data.train), data.train);
  const remembering = rememberingTeacher(stored);
  expect(remembering).toMatchObject({ dataset: data.train, views: 'plain' });
  await expect(taught(remembering)).rejects.toThrow('augment: got crop');
});

it('refuses what it cannot be', () => {
  expect(() => rememberingTeacher(network(), { maxBytes: 0 })).toThrow(
    'maxBytes: got 0, takes a whole number from 1',
  );
  expect(() => rememberingTeacher(network(), { bytes: 1 } as never)).toThrow('bytes');
  expect(() => rememberingTeacher({} as never)).toThrow('teacher: got');
  expect(() => rememberingTeacher(tinyDataset(3, 1) as never)).toThrow('tf.LayersModel');
});
