import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Augmentation, type Batch, batches, type ImageDataset } from '@mnet/data';
import {
  attentionTransfer,
  cacheable,
  cachedTeacher,
  cacheLogits,
  decoupledKd,
  distill,
  type DistillationLoss,
  type DistillOptions,
  Distiller,
  ensembleTeacher,
  fitNet,
  hintonKd,
  modelTeacher,
  type Teacher,
} from '@mnet/distill';
import { adam, cosine, evaluate, readRun, sgd, train, type TrainOptions } from '@mnet/train';
import {
  add,
  memory,
  mul,
  profile,
  reverse,
  scalar,
  setBackend,
  squaredDifference,
  mean,
  sum,
  type Scalar,
  type Tensor2D,
  type Tensor4D,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figures, tinyDataset, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-distill-'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
let teacher: LayersModel;
beforeAll(async () => {
  await setBackend('cpu');
  teacher = tinyModel('teacher', { channels: 6, seed: 11 });
  const options = {
    epochs: 12,
    batchSize: 16,
    optimizer: adam(),
    schedule: cosine({ peak: 0.03 }),
  };
  await train(teacher, data, options);
});

const student = (options: Parameters<typeof tinyModel>[1] = {}): LayersModel =>
  tinyModel('student', { channels: 3, ...options });
const quick = { epochs: 2, batchSize: 16, optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) };

async function distilled(options: Partial<DistillOptions> = {}, model = student()) {
  const result = await distill(model, { teacher, data, ...quick, ...options });
  return { model, result, weights: weightsOf(model) };
}

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

/** The share of images that student and teacher take for the same class, counted here; mirrored: by both views. */
function agreement(
  model: LayersModel,
  dataset: ImageDataset,
  taught = teacher,
  mirrored = false,
): number {
  const [batch] = batches(dataset, { batchSize: dataset.length });
  const { images } = batch as Batch;
  const [own, other] = [model, taught].map((each) => {
    const plain = each.apply(images) as Tensor2D;
    const both = mirrored ? add(plain, each.apply(reverse(images, 2)) as Tensor2D) : plain;
    const rows = (both as Tensor2D).arraySync();
    return rows.map((row) => row.indexOf(Math.max(...row)));
  });
  return (own ?? []).filter((guess, i) => guess === other?.[i]).length / dataset.length;
}

describe('distill', () => {
  it('brings the student close to the teacher, and says so', async () => {
    const { result, model } = await distilled({
      epochs: 12,
      optimizer: adam(),
      schedule: cosine({ peak: 0.03 }),
      losses: [hintonKd({ temperature: 4 })],
      alpha: 0.9,
    });
    const [first, last] = [result.history[0], result.history.at(-1)];
    expect(last?.terms?.kd).toBeLessThan((first?.terms?.kd ?? 0) / 4);
    const teacherTest = await evaluate(teacher, data.test);
    expect(result.summary).toEqual([
      {
        network: 'teacher',
        role: 'teacher',
        parameters: 345,
        validationAccuracy: (await evaluate(teacher, data.validation)).accuracy,
        testAccuracy: teacherTest.accuracy,
      },
      {
        network: 'student',
        role: 'student',
        parameters: 174,
        validationAccuracy: last?.validationAccuracy,
        testAccuracy: (await evaluate(model, data.test)).accuracy,
        validationAgreement: agreement(model, data.validation),
        agreement: agreement(model, data.test),
        seconds: Number(result.seconds.toFixed(1)),
      },
    ]);
    expect(result.test?.accuracy).toBeGreaterThan(teacherTest.accuracy - 0.15);
    expect(result.record.summary).toEqual(result.summary);
    expect(result.record.objective).toEqual({
      name: 'distillation',
      teacher: { name: 'teacher', classes: 3, parameters: 345 },
      losses: [{ name: 'hintonKd', temperature: 4, standardize: false }],
      weights: [1],
      alpha: 0.9,
      studentLossWeight: 1 - 0.9,
      labelSmoothing: 0,
      cacheTeacher: 'auto',
    });
  });

  it('minimises α · Σ w · loss + (1 − α) · cross-entropy', async () => {
    const { result } = await distilled({
      losses: [
        hintonKd({ temperature: 2 }),
        decoupledKd({ beta: 2 }),
        hintonKd({ temperature: 8 }),
      ],
      weights: [2, 0.5, 1],
      alpha: 0.3,
      studentLossWeight: 0.9,
    });
    for (const { trainLoss, terms = {} } of result.history) {
      expect(Object.keys(terms)).toEqual(['crossEntropy', 'kd', 'tckd', 'nckd', 'kd_1']);
      const { crossEntropy = 0, kd = 0, tckd = 0, nckd = 0, kd_1 = 0 } = terms;
      const total = 0.9 * crossEntropy + 0.3 * (2 * kd + 0.5 * (tckd + nckd) + kd_1);
      expect(trainLoss).toBeCloseTo(total, 4);
    }
  });

  it.each([
    { flip: true },
    { flip: 'alternate', mixup: { alpha: 1 } },
    { cutmix: { alpha: 1 } },
  ] as const)('is plain training to the bit at α = 0, with %j', async (augment) => {
    const plain = student();
    const { history } = await train(plain, data, { ...quick, augment });
    const { weights, result } = await distilled({ alpha: 0, augment });
    expect(weights).toEqual(weightsOf(plain));
    expect(result.history.map((r) => r.trainLoss)).toEqual(history.map((r) => r.trainLoss));
  });

  it('gives the same bits for the same seed', async () => {
    const losses = [
      hintonKd({ temperature: 4 }),
      fitNet({ taps: [{ student: 'student_features', teacher: 'teacher_features' }] }),
    ];
    const one = await distilled({ seed: 4, losses });
    const two = await distilled({ seed: 4, losses });
    const other = await distilled({ seed: 5, losses });
    expect(one.weights).toEqual(two.weights);
    expect(one.weights).not.toEqual(other.weights);
  });

  it('leaves the teacher as it was, and no tensor behind', async () => {
    const before = weightsOf(teacher);
    const model = student();
    const tensors = memory().numTensors;
    const counts: number[] = [];
    await distilled(
      {
        epochs: 4,
        augment: { flip: true, crop: { padding: 1 } },
        losses: [
          hintonKd({ temperature: 4 }),
          fitNet({ taps: [{ student: 'student_features', teacher: 'teacher_features' }] }),
        ],
        callbacks: [{ onEpochEnd: () => void counts.push(memory().numTensors) }],
      },
      model,
    );
    expect(weightsOf(teacher)).toEqual(before);
    expect(memory().numTensors).toBe(tensors);
    expect(new Set(counts).size).toBe(1);
    await distilled({ epochs: 4, augment: { flip: true }, cacheTeacher: true }, model);
    expect(memory().numTensors).toBe(tensors);
  });

  it('learns from features through adapters, which are trained too', async () => {
    const taps = [{ student: 'student_features', teacher: 'teacher_features' }];
    const hint = await distilled({ epochs: 6, alpha: 1, losses: [fitNet({ taps })] });
    const [first, last] = [hint.result.history[0]?.terms, hint.result.history.at(-1)?.terms];
    expect(last?.hint).toBeLessThan((first?.hint ?? 0) * 0.8);
    const wide = tinyModel('wide', { channels: 8, strides: 1, seed: 3 });
    const attention = attentionTransfer({
      taps: [{ student: 'wide_features', teacher: 'teacher_features' }],
    });
    const { result } = await distilled({ epochs: 6, alpha: 1, losses: [attention] }, wide);
    expect(result.history.at(-1)?.terms?.attention).toBeLessThan(
      (result.history[0]?.terms?.attention ?? 0) * 0.8,
    );
  });

  it('taps the layer that gives the logits as well', async () => {
    const logits: DistillationLoss = {
      name: 'logits',
      config: { name: 'logits' },
      taps: [{ student: 'student_head', teacher: 'teacher_head' }],
      compute: ({ studentTaps, teacherTaps, studentLogits, teacherLogits }) => {
        const [s, t] = [studentTaps.student_head as Tensor2D, teacherTaps.teacher_head as Tensor2D];
        return {
          taps: mean(squaredDifference(s, t)),
          logits: mean(squaredDifference(studentLogits, teacherLogits)),
        };
      },
    };
    const { result } = await distilled({ losses: [logits] });
    const { terms } = result.history[0] ?? {};
    expect(terms?.taps).toBeGreaterThan(0);
    expect(terms?.taps).toBe(terms?.logits);
  });

  it('takes a loss of your own with variables of its own', async () => {
    const seen: number[] = [];
    const scaled: DistillationLoss = {
      name: 'scaled',
      config: { name: 'scaled' },
      variables: (_shapes, seed) => {
        seen.push(seed);
        return { scale: variable(scalar(0.5)) };
      },
      compute: ({ studentLogits, teacherLogits, variables }) => ({
        scaled: mean(
          squaredDifference(
            mul(studentLogits, variables.scale as unknown as Scalar),
            teacherLogits,
          ),
        ),
      }),
    };
    const tensors = memory().numTensors;
    const model = student();
    const own = memory().numTensors - tensors;
    const { result } = await distilled({ losses: [scaled], seed: 40 }, model);
    expect(result.history[1]?.terms?.scaled).toBeLessThan(result.history[0]?.terms?.scaled ?? 0);
    expect(seen).toEqual([40]);
    expect(memory().numTensors).toBe(tensors + own);
  });
});

describe('the agreement of student and teacher', () => {
  it('is counted over all batches, whatever their size, and is none of the accuracies', async () => {
    const weak = tinyModel('weak', { channels: 6, seed: 5 });
    const { result, model } = await distilled({ teacher: weak, evaluationBatchSize: 7 });
    const [taught, own] = result.summary;
    expect(own?.agreement).toBe(agreement(model, data.test, weak));
    expect(own?.validationAgreement).toBe(agreement(model, data.validation, weak));
    expect([taught?.testAccuracy, own?.testAccuracy, 0, 1]).not.toContain(own?.agreement);
  });

  it('is by the views of the test, and so is the teacher’s accuracy', async () => {
    const weak = tinyModel('weak', { channels: 6, seed: 5 });
    const testViews = { mirror: true };
    const { result, model } = await distilled({ teacher: weak, evaluationBatchSize: 7, testViews });
    const [taught, own] = result.summary;
    const plain = await evaluate(weak, data.test);
    const seen = await evaluate(weak, data.test, testViews);
    expect(seen.accuracy).not.toBe(plain.accuracy);
    expect(taught?.testAccuracy).toBe(seen.accuracy);
    expect(taught?.validationAccuracy).toBe((await evaluate(weak, data.validation)).accuracy);
    expect(own?.agreement).toBe(agreement(model, data.test, weak, true));
    expect(own?.agreement).not.toBe(agreement(model, data.test, weak));
    expect(own?.validationAgreement).toBe(agreement(model, data.validation, weak));
  });

  it('is not known where the teacher is not evaluated', async () => {
    const { result } = await distilled({ evaluateTeacher: false });
    expect(result.summary[1]).not.toHaveProperty('agreement');
    expect(result.summary[1]).not.toHaveProperty('validationAgreement');
    const { result: untested } = await distilled({ data: { train: data.train } });
    expect(untested.summary[1]).not.toHaveProperty('agreement');
  });

  it('leaves no tensor behind where a teacher fails in the middle', async () => {
    const inner = modelTeacher(teacher);
    let asked = 0;
    const failing: Teacher = {
      ...inner,
      prepare: (taps) => ({
        ...inner.prepare(taps),
        forward: (batch) => {
          if (batch.images.shape[0] === 7 && ++asked === 2) throw new Error('gone');
          return inner.prepare(taps).forward(batch);
        },
      }),
    };
    const model = student();
    const before = memory().numTensors;
    await expect(distilled({ teacher: failing, evaluationBatchSize: 7 }, model)).rejects.toThrow(
      'gone',
    );
    expect(memory().numTensors).toBe(before);
  });
});

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

describe('runs', () => {
  it('hold the distillation and its table', async () => {
    const run = join(root, 'whole');
    const { result } = await distilled({ run });
    const record = readRun(run);
    expect(record).toEqual(result.record);
    expect(record.summary).toEqual(result.summary);
    expect(record.objective).toMatchObject({ name: 'distillation', alpha: 0.5 });
    const again = await distilled({ run, resume: true });
    expect(again.result).toEqual({ ...result, capture: { steps: 0, replayed: 0 } });
  });

  it('go on to the same bits, adapters included', async () => {
    const losses = [
      hintonKd({ temperature: 4 }),
      fitNet({ taps: [{ student: 'student_features', teacher: 'teacher_features' }] }),
    ];
    const options = { epochs: 3, losses, augment: { flip: true } };
    const straight = await distilled(options);
    const run = join(root, 'halted');
    const controller = new AbortController();
    let steps = 0;
    const onStepEnd: NonNullable<NonNullable<TrainOptions['callbacks']>[0]['onStepEnd']> = () => {
      if (++steps === 5) controller.abort();
    };
    const stop = { signal: controller.signal, callbacks: [{ onStepEnd }] };
    await expect(distilled({ ...options, ...stop, run })).rejects.toThrow('stopped in epoch 2');
    const resumed = await distilled({ ...options, run, resume: true });
    expect(resumed.weights).toEqual(straight.weights);
    expect(figures(resumed.result)).toEqual(figures(straight.result));
    const other = { ...options, run: join(root, 'halted'), resume: true, alpha: 0.1 };
    await expect(distilled(other)).rejects.toThrow('objective.alpha: it has 0.5, got 0.1');
  });
});

describe('bad arguments', () => {
  const other = tinyDataset(48, 9);
  const fiveClasses = () => tinyModel('five', { classes: 5 });
  const taps = [{ student: 'student_features', teacher: 'teacher_features' }];

  it.each<[string, () => object, string]>([
    [
      'no teacher',
      () => ({ teacher: undefined }),
      'teacher: got undefined, takes a tf.LayersModel',
    ],
    ['classes', () => ({ teacher: fiveClasses() }), "'five' has 5 classes, the student 3"],
    ['alpha', () => ({ alpha: 1.5 }), 'alpha: got 1.5, takes a number from 0 to 1'],
    ['losses', () => ({ losses: [] }), 'losses: got [], takes at least one'],
    ['a loss', () => ({ losses: [hintonKd] }), 'takes at least one DistillationLoss'],
    ['weights', () => ({ weights: [1, 2] }), 'weights: got [1, 2], takes one for each of the 1'],
    ['a weight', () => ({ weights: [-1] }), 'weights[0]: got -1'],
    ['label smoothing', () => ({ labelSmoothing: 2 }), 'labelSmoothing: got 2'],
    ['student weight', () => ({ studentLossWeight: -1 }), 'studentLossWeight: got -1'],
    [
      'cache',
      () => ({ cacheTeacher: 'yes' }),
      "cacheTeacher: got 'yes', takes true, false or 'auto'",
    ],
    [
      'cache with a crop',
      () => ({ cacheTeacher: true, augment: { crop: { padding: 2 } } }),
      'got true with crop in augment, of which the images are new each time',
    ],
    [
      'cache with taps',
      () => ({ cacheTeacher: true, losses: [fitNet({ taps })] }),
      "losses that need the teacher's layers teacher_features",
    ],
    [
      'a layer of the student',
      () => ({ losses: [fitNet({ taps: [{ student: 'block', teacher: 'teacher_features' }] })] }),
      "the student 'student' has no layer 'block', it has input",
    ],
    [
      'a layer of the teacher',
      () => ({ losses: [fitNet({ taps: [{ student: 'student_features', teacher: 'x' }] })] }),
      "the teacher 'teacher' has no layer 'x'",
    ],
    [
      'a layer without height',
      () => ({
        losses: [fitNet({ taps: [{ student: 'student_head', teacher: 'teacher_head' }] })],
      }),
      'got student_head [3] and teacher_head [3], takes feature maps',
    ],
    [
      'taps of an ensemble',
      () => ({ teacher: ensembleTeacher([teacher]), losses: [fitNet({ taps })] }),
      'of an ensemble, which has no layers of its own',
    ],
    ['a weight that is none', () => ({ weights: ['1'] }), "weights[0]: got '1'"],
    ['no weights', () => ({ weights: 1 }), 'weights: got 1, takes numbers from 0, one for each'],
    ['evaluateTeacher', () => ({ evaluateTeacher: 1 }), 'evaluateTeacher: got 1'],
    ['a training option', () => ({ batchsize: 3 }), "unknown option 'batchsize'"],
    [
      'an objective',
      () => ({ objective: {} }),
      'objective: got it in a distillation, which has an objective of its own',
    ],
    [
      'weights of classes',
      () => ({ classWeights: [1, 1, 1] }),
      'classWeights: got it in a distillation, whose cross-entropy counts all classes the same; leave it out',
    ],
  ])('are named: %s', async (_name, options, message) => {
    await expect(distilled(options())).rejects.toThrow(message);
  });

  it('are named: options that are none', async () => {
    const fit = new Distiller(student(), { teacher }).fit(data, undefined as never);
    await expect(fit).rejects.toThrow('options: got undefined, takes those of train');
  });

  it('are named: an option of the Distiller that there is not', () => {
    expect(() => new Distiller(student(), { teacher, temperature: 4 } as never)).toThrow(
      "options: unknown option 'temperature', takes teacher, losses, weights, alpha,",
    );
  });

  it('are named: no options at all', async () => {
    await expect(distill(student(), undefined as never)).rejects.toThrow('teacher: got undefined');
  });

  it('are named: the student as its own teacher', () => {
    const model = student();
    expect(() => new Distiller(model, { teacher: model })).toThrow('got the student itself');
  });

  it('are named: stored logits for other images', async () => {
    const cache = await cacheLogits(teacher, other);
    const stored = cachedTeacher(cache, other);
    await expect(distilled({ teacher: stored })).rejects.toThrow(
      'data.train to be that very data set',
    );
    expect(() => cachedTeacher(cache, tinyDataset(12, 1))).toThrow(
      'cache.plain: got 144 logits, takes 36, 3 for each of the 12 images',
    );
    await expect(
      distilled({ teacher: stored, data: { train: other }, losses: [fitNet({ taps })] }),
    ).rejects.toThrow('of stored logits, which have no layers');
  });

  it('are named: the teacher of stored logits', async () => {
    await expect(cacheLogits(5 as never, other)).rejects.toThrow('teacher: got 5, takes');
  });

  it('are named: an ensemble', () => {
    expect(() => ensembleTeacher([])).toThrow('members: got [], takes');
    expect(() => ensembleTeacher([teacher, 'resnet18' as never])).toThrow(
      "members[1]: got 'resnet18', takes a tf.LayersModel or a Teacher",
    );
    expect(() => ensembleTeacher([teacher, fiveClasses()])).toThrow(
      "'teacher' has 3 classes and 'five' 5",
    );
    expect(() => ensembleTeacher([teacher], { weights: [0] })).toThrow('got 0 in sum');
    expect(() => ensembleTeacher([teacher], { weights: [1, 2] })).toThrow('weights: got 2');
  });
});

it('is one objective of the one loop', async () => {
  const model = student();
  const objective = new Distiller(model, { teacher, alpha: 1 }).objective();
  const { history } = await train(model, data, { ...quick, objective });
  expect(history[0]?.trainLoss).toBeCloseTo(history[0]?.terms?.kd ?? 0, 5);
  expect(sum(model.getWeights()[0] as never).dataSync()[0]).not.toBeNaN();
});
