// Trainings whose steps are recorded and replayed end with the bits of those whose steps are computed, and those that cannot
// be replayed say why.
import { createHash } from 'node:crypto';
import { pickBackend } from '@mnet/backend';
import { shapes10 } from '@mnet/data';
import {
  attentionTransfer,
  contrastiveKd,
  decoupledKd,
  deepSupervision,
  type DistillationLoss,
  distill,
  distKd,
  fitNet,
  hintonKd,
  multiLevelKd,
  relationalKd,
  similarityPreserving,
} from '@mnet/distill';
import { createModel, freeze } from '@mnet/models';
import {
  accumulate,
  adam,
  chain,
  clipByGlobalNorm,
  rmsprop,
  sgd,
  type StepsMade,
  train,
  type TrainOptions,
  type TrainResult,
} from '@mnet/train';
import { train as stockOptimizers } from '@tensorflow/tfjs-core';
import { layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';

beforeAll(async () => {
  await pickBackend({ prefer: 'mnet' });
});

const data = shapes10({ train: 5 * 16 + 3, validation: 32, test: 16, seed: 3 });
const input = { classes: 10, inputShape: [32, 32, 3], seed: 5 } as const;
const common = { epochs: 2, batchSize: 16, seed: 7 };

const v1 = (options: object = {}): LayersModel =>
  createModel('mobilenet_v1', { ...input, width: 0.25, ...options });
const v2 = (options: object = {}): LayersModel =>
  createModel('mobilenet_v2', { ...input, width: 0.25, ...options });
const v3 = (options: object = {}): LayersModel =>
  createModel('mobilenet_v3_small', { ...input, width: 0.25, ...options });
const normalCnn = (): LayersModel => createModel('normal_cnn', { ...input, width: 0.05 });
const resnet18 = (options: object = {}): LayersModel =>
  createModel('resnet18', { ...input, width: 0.125, ...options });

/** All that a training ends with, digested. */
function bits(model: LayersModel, { history, test: figures }: TrainResult): string {
  const hash = createHash('sha256');
  for (const weight of model.getWeights()) hash.update(weight.dataSync());
  const losses = history.map(({ trainLoss, trainAccuracy, validationLoss, terms }) => [
    trainLoss,
    trainAccuracy,
    validationLoss,
    terms ?? {},
  ]);
  return hash
    .update(JSON.stringify([losses, figures?.loss]))
    .digest('hex')
    .slice(0, 16);
}

type Course = (capture: boolean) => Promise<{ bits: string; capture: StepsMade }>;

const trained =
  (build: () => LayersModel, options: () => Partial<TrainOptions> = () => ({})): Course =>
  async (capture) => {
    const model = build();
    const all = { ...common, optimizer: sgd({ momentum: 0.9 }), ...options(), capture };
    const result = await train(model, data, all);
    const digest = bits(model, result);
    model.dispose();
    return { bits: digest, capture: result.capture };
  };

const taught =
  (losses: () => DistillationLoss[]): Course =>
  async (capture) => {
    const [teacher, student] = [resnet18(), v1()];
    const result = await distill(student, {
      ...common,
      teacher,
      data,
      losses: losses(),
      alpha: 0.5,
      capture,
    });
    const digest = bits(student, result);
    for (const model of [teacher, student]) model.dispose();
    return { bits: digest, capture: result.capture };
  };

const ends = [{ student: 'pool', teacher: 'pool' }] as const;
// Both of 8 × 8 pixels.
const maps = [{ student: 'block3', teacher: 'block4' }];

describe('has the same bits replayed as computed:', () => {
  const courses: Record<string, Course> = {
    MobileNetV1: trained(
      () => v1(),
      () => ({ labelSmoothing: 0.1 }),
    ),
    'MobileNetV2, Adam, clipped, a moving average': trained(
      () => v2(),
      () => ({
        optimizer: chain(clipByGlobalNorm(0.5), adam()),
        ema: { decay: 0.9 },
      }),
    ),
    'MobileNetV2, Nesterov, set back to slow weights': trained(
      () => v2(),
      () => ({
        optimizer: sgd({ momentum: 0.85, nesterov: true }),
        lookahead: { every: 3, decay: 0.8, power: 1 },
      }),
    ),
    'MobileNetV3, two steps an update': trained(
      () => v3(),
      () => ({
        optimizer: accumulate(sgd({ momentum: 0.9 }), { steps: 2 }),
      }),
    ),
    // Its last pictures are of one pixel.
    "ResNet-18, the paper's strides": trained(() => resnet18({ strides: 'paper' })),
    'ResNet-18, RMSprop': trained(resnet18, () => ({ optimizer: rmsprop({ learningRate: 1e-3 }) })),
    NormalCNN: trained(normalCnn),
    'frozen features': trained(() => {
      const model = v1();
      freeze(model);
      return model;
    }),
    'crops, flips, batches of one size': trained(
      () => v2(),
      () => ({
        augment: { crop: { padding: 4 }, flip: true },
        dropLast: true,
      }),
    ),
    'classes that weigh more': trained(
      () => v1(),
      () => ({ classWeights: 'balanced' }),
    ),
    distillation: taught(() => [hintonKd({ temperature: 4 })]),
    'distillation of z-scores': taught(() => [hintonKd({ temperature: 2, standardize: true })]),
    'decoupled distillation, by its warm-up of two epochs': taught(() => [
      decoupledKd({ warmupEpochs: 2 }),
    ]),
    DIST: taught(() => [distKd()]),
    'multi-level distillation': taught(() => [multiLevelKd()]),
    'hints, attention and similarities': taught(() => [
      fitNet({ taps: maps }),
      attentionTransfer({ taps: maps }),
      similarityPreserving({ taps: maps }),
    ]),
    'relational distillation': taught(() => [relationalKd({ taps: ends })]),
    'deep supervision': async (capture) => {
      const model = v1();
      const objective = deepSupervision(model, { taps: ['block1', 'block5'], features: 'block13' });
      const result = await train(model, data, { ...common, objective, capture });
      const digest = bits(model, result);
      model.dispose();
      return { bits: digest, capture: result.capture };
    },
  };
  for (const [name, course] of Object.entries(courses)) {
    test(name, async () => {
      const computed = await course(false);
      const replayed = await course(true);
      expect(replayed.bits).toBe(computed.bits);
      expect(computed.capture).toMatchObject({ replayed: 0, reason: 'capture is false' });
      const { steps, replayed: count, reason } = replayed.capture;
      expect({ count, reason }).toEqual({ count: 2 * 3, reason: undefined });
      expect(steps).toBe(computed.capture.steps);
    });
  }
});

describe('is computed, with a reason:', () => {
  const courses: Record<string, [RegExp, Course]> = {
    dropout: [/^it looks at the step's number/, trained(() => v2({ dropout: 0.2 }))],
    'stochastic depth': [/^it looks at the step's number/, trained(() => v2({ dropPath: 0.2 }))],
    'an optimizer of TensorFlow.js': [
      /^a variable gets another tensor at each step/,
      trained(normalCnn, () => ({ optimizer: stockOptimizers.momentum(0.01, 0.9) })),
    ],
    mixup: [
      /^it looks at the shares of mixed pictures/,
      trained(
        () => v1(),
        () => ({ augment: { mixup: { alpha: 0.4 } } }),
      ),
    ],
    'a memory bank': [
      /^it looks at/,
      taught(() => [
        contrastiveKd({
          taps: ends,
          negatives: 4,
          dimensions: 8,
        }),
      ]),
    ],
    "TensorFlow.js's dropout": [
      /^the model has dropout layers of TensorFlow.js/,
      trained(() =>
        sequential({
          layers: [
            layers.flatten({ inputShape: [32, 32, 3] }),
            layers.dropout({ rate: 0.5, seed: 1 }),
            layers.dense({ units: 10, kernelInitializer: 'zeros' }),
          ],
        }),
      ),
    ],
    "TensorFlow.js's batch normalization": [
      /^a tensor that the step has made is kept, or assigned to a variable|JavaScript/,
      trained(() =>
        sequential({
          layers: [
            layers.flatten({ inputShape: [32, 32, 3] }),
            layers.batchNormalization(),
            layers.dense({ units: 10, kernelInitializer: 'zeros' }),
          ],
        }),
      ),
    ],
  };
  for (const [name, [reason, course]] of Object.entries(courses)) {
    test(name, async () => {
      const computed = await course(false);
      const recorded = await course(true);
      expect(recorded.bits).toBe(computed.bits);
      expect(recorded.capture).toMatchObject({ replayed: 0 });
      expect(recorded.capture.reason).toMatch(reason);
    });
  }
});
