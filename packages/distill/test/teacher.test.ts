import { type Augmentation, batches } from '@mnet/data';
import {
  cacheable,
  cachedTeacher,
  cacheLogits,
  type DistillOptions,
  ensembleTeacher,
  modelTeacher,
  type Teacher,
} from '@mnet/distill';
import { mul, profile, type Tensor4D, zeros } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { data, distilled, student, teacher } from './lesson.ts';
import { tinyModel } from './tiny.ts';

/** A teacher that counts the images it is asked about. */
function counting(): Teacher & { asked: number } {
  const inner = modelTeacher(teacher);
  const counter = {
    ...inner,
    asked: 0,
    prepare(taps: readonly string[]) {
      const prepared = inner.prepare(taps);
      return {
        ...prepared,
        forward: (batch: Parameters<typeof prepared.forward>[0]) => {
          counter.asked += batch.images.shape[0];
          return prepared.forward(batch);
        },
      };
    },
  };
  return counter;
}

describe('the teacher', () => {
  it('is asked once an image without augmentation, twice with mirroring, else at each step', async () => {
    const asked = async (options: Partial<DistillOptions>): Promise<number> => {
      const counter = counting();
      await distilled({ epochs: 4, evaluateTeacher: false, ...options, teacher: counter });
      return counter.asked / data.train.length;
    };
    expect(await asked({})).toBe(1);
    expect(await asked({ augment: { flip: true } })).toBe(2);
    expect(await asked({ augment: { flip: 'alternate' } })).toBe(2);
    expect(await asked({ augment: { crop: { padding: 1 } } })).toBe(4);
    expect(await asked({ augment: { mixup: { alpha: 1 } } })).toBe(4);
    expect(await asked({ cacheTeacher: false })).toBe(4);
    // Two passes are no less work than two epochs.
    expect(await asked({ epochs: 2, augment: { flip: true } })).toBe(2);
    expect(await asked({ epochs: 1, cacheTeacher: true })).toBe(1);
  });

  it.each([true, 'alternate'] as const)(
    'gives nearly the same student with stored logits and without, flip %j',
    async (flip) => {
      const options = { epochs: 3, augment: { flip } };
      const cached = await distilled({ ...options, cacheTeacher: true });
      const live = await distilled({ ...options, cacheTeacher: false });
      cached.weights.forEach((w, i) => expect(w).toBeCloseTo(live.weights[i] as number, 4));
    },
  );

  it('tells mirrored images from others by what the batch says, without their pixels', async () => {
    const own = { ...data.train, images: data.train.images.slice() };
    const cache = await cacheLogits(teacher, own, { mirrored: true, batchSize: 7 });
    const stored = cachedTeacher(cache, own).prepare([]);
    const live = modelTeacher(teacher).prepare([]);
    const options = { batchSize: 9, shuffle: true, seed: 2, augment: { flip: true } };
    const all = [...batches(own, options)];
    // Whoever gathered the images a second time would now find others.
    own.images.fill(0);
    const seen = new Set<number>();
    for (const batch of all) {
      const expected = live.forward(batch).logits.dataSync();
      const nothing = zeros([1, 1, 1, 1]) as Tensor4D;
      const { kernels } = await profile(() => {
        const { logits } = stored.forward({ ...batch, images: nothing });
        logits.dataSync().forEach((value, i) => {
          const [row, c] = [Math.floor(i / 3), i % 3];
          const rows = batch.mirrored[row] === 1 ? cache.mirrored : cache.plain;
          expect(value).toBe(rows?.[(batch.indices[row] as number) * 3 + c]);
          expect(value).toBeCloseTo(expected[i] as number, 4);
        });
        return logits;
      });
      expect(kernels).toEqual([]);
      for (const turned of batch.mirrored) seen.add(turned);
    }
    expect(seen).toEqual(new Set([0, 1]));
  });

  it('shows the preparation of its logits', async () => {
    const tasks = new Set<string>();
    await distilled({
      epochs: 4,
      callbacks: [{ onProgress: ({ task }) => void tasks.add(task) }],
    });
    expect([...tasks]).toEqual(['teacher logits', 'validation', 'test', 'teacher on tiny']);
  });

  it('can be several models', async () => {
    const second = tinyModel('second', { channels: 5, seed: 21 });
    const both = ensembleTeacher([teacher, modelTeacher(second)], { weights: [3, 1] });
    expect(both).toMatchObject({ name: 'ensemble of teacher, second', classes: 3 });
    const [batch] = batches(data.test, { batchSize: 24 });
    const of = (t: Teacher) =>
      t
        .prepare([])
        .forward(batch as never)
        .logits.dataSync();
    const [a, b, mixed] = [of(modelTeacher(teacher)), of(modelTeacher(second)), of(both)];
    mixed.forEach((value, i) => {
      expect(value).toBeCloseTo(0.75 * (a[i] as number) + 0.25 * (b[i] as number), 4);
    });
    const { result } = await distilled({ teacher: both });
    expect(result.summary[0]).toMatchObject({ network: both.name, parameters: 345 + 288 });
  });

  it('has the same count of parameters whether it is frozen or not, and so has the student', async () => {
    const [frozen, part] = [tinyModel('frozen', { channels: 6, seed: 11 }), student()];
    for (const layer of frozen.layers) layer.trainable = false;
    (part.layers[1] as LayersModel['layers'][0]).trainable = false;
    const { result } = await distilled({ teacher: frozen }, part);
    expect(result.summary.map(({ parameters }) => parameters)).toEqual([345, 174]);
    expect(result.record.model).toMatchObject({ trainableParameters: 174 - 84 });
  });

  it('can be logits that were stored before', async () => {
    const cache = structuredClone(await cacheLogits(teacher, data.train));
    const stored = await distilled({ teacher: cachedTeacher(cache, data.train) });
    const live = await distilled({ cacheTeacher: true });
    expect(stored.weights).toEqual(live.weights);
    expect(stored.result.summary[0]).toEqual({ network: 'teacher', role: 'teacher' });
  });

  it('must give finite logits', async () => {
    const broken = tinyModel('broken', { seed: 1 });
    broken.setWeights(broken.getWeights().map((w) => mul(w, Number.NaN)));
    await expect(distilled({ teacher: broken, cacheTeacher: true })).rejects.toThrow(
      "teacher: 'broken' gave NaN for image 0 of 'tiny', takes finite logits",
    );
    await expect(distilled({ teacher: broken, cacheTeacher: false })).rejects.toThrow(
      'training diverged: the loss was NaN at step 1 of epoch 1',
    );
  });

  it('must give as many logits as it says where they are stored', async () => {
    const narrow: Teacher = { ...modelTeacher(tinyModel('narrow', { seed: 1 })), classes: 2 };
    await expect(cacheLogits(narrow, data.train, { batchSize: 16 })).rejects.toThrow(
      "teacher: 'narrow' gave [16, 3], takes logits [16, 2], one for each of its 2 classes",
    );
  });

  it('can be stored for what augmentation allows', () => {
    expect(cacheable()).toBe('plain');
    expect(cacheable({ crop: { padding: 0 }, cutout: { size: 0 }, flip: false })).toBe('plain');
    expect(cacheable({ flip: true })).toBe('mirrored');
    expect(cacheable({ flip: true, crop: { padding: 4 } })).toBe('none');
    expect(cacheable({ cutout: { size: 8 } })).toBe('none');
    expect(cacheable({ flip: 'alternate' })).toBe('mirrored');
    const off = { randomErasing: { probability: 0 }, trivialAugment: false };
    expect(cacheable({ ...off, cutmix: { alpha: 1, probability: 0 } })).toBe('plain');
    expect(cacheable({ randAugment: undefined } as unknown as Augmentation)).toBe('plain');
    for (const augment of [
      { randomErasing: {} },
      { randAugment: {} },
      { trivialAugment: true },
      { mixup: { alpha: 0.1 } },
      { cutmix: { alpha: 1 } },
    ]) {
      expect(cacheable({ flip: true, ...augment })).toBe('none');
    }
  });
});
