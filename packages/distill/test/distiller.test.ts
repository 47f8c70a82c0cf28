import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  attentionTransfer,
  decoupledKd,
  type DistillationLoss,
  Distiller,
  fitNet,
  hintonKd,
} from '@mnet/distill';
import { evaluate, readRun, train, type TrainOptions, adam, cosine } from '@mnet/train';
import {
  mean,
  memory,
  mul,
  type Scalar,
  scalar,
  squaredDifference,
  sum,
  type Tensor2D,
  variable,
} from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { agreement } from './agreement.ts';
import { data, distilled, quick, student, teacher } from './lesson.ts';
import { figures, tinyModel, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-distill-'));
afterAll(() => rmSync(root, { recursive: true }));

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

it('is one objective of the one loop', async () => {
  const model = student();
  const objective = new Distiller(model, { teacher, alpha: 1 }).objective();
  const { history } = await train(model, data, { ...quick, objective });
  expect(history[0]?.trainLoss).toBeCloseTo(history[0]?.terms?.kd ?? 0, 5);
  expect(sum(model.getWeights()[0] as never).dataSync()[0]).not.toBeNaN();
});
