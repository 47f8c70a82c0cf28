import type { Augmentation, ImageDataset } from '@mnet/data';
import {
  type CachedLogits,
  cachedTeacher,
  cacheLogits,
  distill,
  Distiller,
  ensembleTeacher,
  type Teacher,
} from '@mnet/distill';
import { train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyDataset, tinyModel } from './tiny.ts';

// A machine that is busy with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const images = tinyDataset(24, 1);
const sameLength = tinyDataset(24, 2);
let teacher: LayersModel;
let plain: CachedLogits;
let mirrored: CachedLogits;
beforeAll(async () => {
  await setBackend('cpu');
  teacher = tinyModel('teacher', { seed: 11 });
  plain = await cacheLogits(teacher, images);
  mirrored = await cacheLogits(teacher, images, { mirrored: true });
}, 60_000);

const student = (): LayersModel => tinyModel('student', { channels: 3 });
const quick = { epochs: 1, batchSize: 12 };

/** Both doors to a distillation: the Distiller's own, and its objective in the training loop. */
const ways = {
  'distill()': (known: Teacher, dataset: ImageDataset, augment?: Augmentation) =>
    distill(student(), {
      teacher: known,
      data: { train: dataset },
      ...quick,
      ...(augment && { augment }),
    }),
  'train() with the objective': (known: Teacher, dataset: ImageDataset, augment?: Augmentation) => {
    const model = student();
    const objective = new Distiller(model, { teacher: known }).objective();
    return train(model, { train: dataset }, { ...quick, objective, ...(augment && { augment }) });
  },
};

describe.each(Object.entries(ways))('stored logits as the teacher of %s', (_, teach) => {
  const members: Record<string, (cache: CachedLogits) => Teacher> = {
    alone: (cache) => cachedTeacher(cache, images),
    'in an ensemble': (cache) => ensembleTeacher([teacher, cachedTeacher(cache, images)]),
  };
  describe.each(Object.entries(members))('%s', (_where, make) => {
    it('refuse a crop, a cutout and mixed pictures', async () => {
      for (const augment of [
        { crop: { padding: 1 } },
        { flip: true, cutout: { size: 2 } },
        { mixup: { alpha: 1 } },
      ]) {
        await expect(teach(make(mirrored), images, augment)).rejects.toThrow(
          /augment: got (crop|cutout|mixup), of which the images are new each time, with the stored logits of/,
        );
      }
    });

    it('refuse a flip where no mirrored images were stored', async () => {
      await expect(teach(make(plain), images, { flip: true })).rejects.toThrow(
        /augment: got flip with the stored logits of .*, which know no mirrored images; takes those of cacheLogits\(teacher, dataset, \{ mirrored: true \}\)/,
      );
    });

    it('refuse another data set of the same length', async () => {
      await expect(teach(make(plain), sameLength)).rejects.toThrow(
        /knows the images of 'tiny' alone, takes data.train to be that very data set/,
      );
    });

    it('take what they know: the same images, also in another object, as they are and mirrored', async () => {
      const copy = { ...images, images: images.images.slice(), name: 'a copy' };
      for (const [cache, augment] of [
        [plain, undefined],
        [mirrored, undefined],
        [mirrored, { flip: true }],
        [mirrored, { flip: 'alternate' }],
        [plain, { crop: { padding: 0 }, flip: false }],
      ] as const) {
        const { status } = await teach(make(cache), copy, augment);
        expect(status).toBe('finished');
      }
    });
  });
});

describe('stored logits', () => {
  it('carry the fingerprint of their images, through storing', () => {
    expect(plain.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(mirrored.fingerprint).toBe(plain.fingerprint);
    expect(cachedTeacher(structuredClone(plain), images).views).toBe('plain');
  });

  it('are refused for another data set of the same length, and without a fingerprint', () => {
    expect(() => cachedTeacher(plain, sameLength)).toThrow(
      `cache.fingerprint: got '${plain.fingerprint}', takes '`,
    );
    const { fingerprint: _, ...old } = plain;
    expect(() => cachedTeacher(old as CachedLogits, images)).toThrow(
      /cache.fingerprint: got undefined, takes '.*', that of 'tiny'; ask the teacher about these images with cacheLogits/,
    );
  });

  it('are not stored again, which would store nothing', async () => {
    await expect(cacheLogits(cachedTeacher(plain, images), images)).rejects.toThrow(
      "teacher: got 'teacher', which is made of stored logits, takes the model that gave them",
    );
  });

  it('are asked for with known options', async () => {
    await expect(cacheLogits(teacher, images, { mirrored: 1 as never })).rejects.toThrow(
      'mirrored: got 1, takes true or false',
    );
    await expect(cacheLogits(teacher, images, { batch: 1 } as never)).rejects.toThrow(
      "unknown option 'batch'",
    );
  });

  it('are of images that the teacher takes, and nothing else is taken for them', async () => {
    const gray = { ...images, shape: [6, 18, 1], mean: [0], std: [1] } as const;
    await expect(cacheLogits(teacher, gray)).rejects.toThrow(
      "teacher: 'teacher' takes images of [6, 6, 3], 'tiny' has [6, 18, 1]",
    );
    await expect(cacheLogits(teacher, undefined as never)).rejects.toThrow(
      'dataset: got undefined',
    );
    expect(() => cachedTeacher(undefined as never, images)).toThrow(
      'cache: got undefined, takes what cacheLogits(teacher, dataset) gives',
    );
    expect(() => cachedTeacher(plain, undefined as never)).toThrow('dataset: got undefined');
  });

  it('of two data sets make no ensemble', async () => {
    const other = cachedTeacher(await cacheLogits(teacher, sameLength), sameLength);
    expect(() => ensembleTeacher([cachedTeacher(plain, images), other])).toThrow(
      /members: the stored logits of 'teacher' and 'teacher' are of other images/,
    );
  });
});
