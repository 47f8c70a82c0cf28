import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cachedTeacher,
  cacheLogits,
  distill,
  Distiller,
  ensembleTeacher,
  modelTeacher,
  type Teacher,
} from '@mnet/distill';
import { readRun, sgd, train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import { layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDataset, tinyModel, tinySplits } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-teacher-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const quick = { epochs: 2, batchSize: 16, optimizer: sgd({ learningRate: 0.05 }) };
const student = (): LayersModel => tinyModel('student', { channels: 3 });
const teacher = (seed: number): LayersModel => tinyModel('teacher', { channels: 6, seed });

/** A teacher of one's own, without a fingerprint. */
const unknown = ({ name, classes, config, ...from }: Teacher): Teacher => ({
  name,
  classes,
  config,
  prepare: (taps) => from.prepare(taps),
});

/** Distils for a step, stops, and goes on with another teacher. */
async function changeTeacher(first: Teacher, second: Teacher): Promise<unknown> {
  const run = mkdtempSync(join(root, 'run-'));
  const controller = new AbortController();
  const stop = { onStepEnd: () => controller.abort() };
  const { signal } = controller;
  const begin = distill(student(), {
    teacher: first,
    data,
    ...quick,
    run,
    signal,
    callbacks: [stop],
  });
  await expect(begin).rejects.toThrow('was stopped');
  return distill(student(), { teacher: second, data, ...quick, run, resume: true });
}

describe('a run that was taught by one teacher', () => {
  const other = 'made with other settings (objective.fingerprint.teacher: it has "';

  it('is not resumed with other weights', async () => {
    const [a, same, b] = [teacher(1), teacher(1), teacher(2)].map((net) => modelTeacher(net));
    const [one, two, three] = [a, same, b] as [Teacher, Teacher, Teacher];
    await expect(changeTeacher(one, three)).rejects.toThrow(other);
    expect(await changeTeacher(one, two)).toMatchObject({ status: 'finished' });
  });

  it('is not resumed with another member or other weights of an ensemble', async () => {
    const [a, b] = [modelTeacher(teacher(1)), modelTeacher(teacher(2))];
    await expect(changeTeacher(ensembleTeacher([a, b]), ensembleTeacher([a, a]))).rejects.toThrow(
      other,
    );
    const bare = unknown(b);
    expect(await ensembleTeacher([a, bare]).fingerprint?.()).not.toBe(
      await ensembleTeacher([bare, a]).fingerprint?.(),
    );
  });

  it('is not resumed with other stored logits, or those of other images', async () => {
    const cache = await cacheLogits(teacher(1), data.train);
    const changed = { ...cache, plain: cache.plain.map((x, i) => (i === 7 ? x + 1 : x)) };
    const [a, b] = [cachedTeacher(cache, data.train), cachedTeacher(changed, data.train)];
    await expect(changeTeacher(a, b)).rejects.toThrow(other);
  });

  it('goes on with a teacher of which nothing is known', async () => {
    const bare = unknown(modelTeacher(teacher(1)));
    expect(await changeTeacher(bare, bare)).toMatchObject({ status: 'finished' });
  });
});

describe('a teacher for other images', () => {
  const wide = (): LayersModel =>
    sequential({
      name: 'wide',
      layers: [layers.flatten({ inputShape: [8, 8, 3] }), layers.dense({ units: 3 })],
    });
  const message =
    "teacher: 'wide' takes images of [8, 8, 3], the student of [6, 6, 3]; takes a teacher built for the same images";

  it('is refused before anything is trained or written', async () => {
    const run = join(root, 'never');
    const work = distill(student(), { teacher: wide(), data, ...quick, run });
    await expect(work).rejects.toThrow(message);
    expect(() => readRun(run)).toThrow('holds no run');
    const both = [modelTeacher(wide()), modelTeacher(teacher(1))];
    expect(() => ensembleTeacher(both)).toThrow(
      "members: 'teacher' takes images of [6, 6, 3], one before it [8, 8, 3]",
    );
  });

  it('is refused by the data where the student takes images of any size', async () => {
    const anySize = sequential({
      layers: [
        layers.conv2d({ inputShape: [null, null, 3] as never, filters: 3, kernelSize: 3 }),
        layers.globalAveragePooling2d({}),
      ],
    });
    const distiller = new Distiller(anySize, { teacher: wide() });
    await expect(distiller.fit(data, quick)).rejects.toThrow(
      "teacher: 'wide' takes images of [8, 8, 3], data.train has [6, 6, 3]",
    );
    await expect(
      train(anySize, data, { ...quick, objective: distiller.objective() }),
    ).rejects.toThrow("'tiny' has [6, 6, 3]");
    // One that takes any size itself is welcome.
    await distill(student(), { teacher: anySize, data: { train: tinyDataset(16, 1) }, ...quick });
  });
});

it("an error of a callback at the teacher's evaluation comes out of the promise", async () => {
  const onProgress = ({ task }: { task: string }): Promise<void> | undefined =>
    task.startsWith('teacher on') ? Promise.reject(new Error('bad')) : undefined;
  const work = distill(student(), {
    teacher: teacher(1),
    data,
    ...quick,
    callbacks: [{ onProgress }],
  });
  await expect(work).rejects.toThrow('bad');
});
