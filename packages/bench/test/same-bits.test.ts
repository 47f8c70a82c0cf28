// What equal seeds give, bit for bit: pictures, batches, starting weights, and weights after 20 steps. A change of a
// digest here is a change of everybody's results, and stands in the changelog.
import { createHash } from 'node:crypto';
import { mnet, pickBackend } from '@mnet/backend';
import { Random } from '@mnet/core/random';
import { batches, shapes10 } from '@mnet/data';
import { distill, hintonKd } from '@mnet/distill';
import { deriveSeed } from '@mnet/core/random';
import { createModel } from '@mnet/models';
import { adam, adamW, cosine, sgd, train, type TrainOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';

let build: 'fused' | 'unfused';
beforeAll(async () => {
  await pickBackend({ prefer: 'mnet' });
  build = mnet().build.startsWith('fused') ? 'fused' : 'unfused';
});

const data = shapes10({ train: 160, validation: 32, test: 32, seed: 3 });
const input = { classes: 10, inputShape: [32, 32, 3], seed: 5 } as const;

test('random numbers', () => {
  const random = new Random(1, -2, 2 ** 40);
  const draws = Array.from({ length: 1000 }, () => random.next());
  expect(digest(Uint32Array.from(draws))).toMatchInlineSnapshot(`"22cc5b42bf3e141e"`);
  expect(
    digest(random.shuffle(Int32Array.from({ length: 100 }, (_, i) => i))),
  ).toMatchInlineSnapshot(`"acdce43714f7596f"`);
  expect([
    deriveSeed(0, ''),
    deriveSeed(-7, 'stem'),
    deriveSeed(2 ** 50 + 1, 'head/kernel'),
  ]).toMatchInlineSnapshot(`
      [
        990960665,
        1544167246,
        624815708,
      ]
    `);
});

test('pictures, in order and augmented', () => {
  expect(digest(data.train.images)).toMatchInlineSnapshot(`"94da4c252d96ec1a"`);
  const augment = { crop: { padding: 4 }, flip: true, cutout: { size: 8 } };
  const [, second] = batches(data.train, {
    batchSize: 48,
    shuffle: true,
    seed: 9,
    epoch: 2,
    augment,
  });
  if (!second) throw new Error('no second batch');
  const { images, labels, indices } = second;
  expect([
    digest(images.dataSync()),
    digest(labels.dataSync()),
    digest(indices),
  ]).toMatchInlineSnapshot(`
      [
        "324fc51d66adb2cd",
        "0b396086dd2086f3",
        "d5a4dc6ecdeacac1",
      ]
    `);
});

test('starting weights', () => {
  const networks = {
    v1: createModel('mobilenet_v1', { ...input, width: 0.25, strides: v1 }),
    v2: createModel('mobilenet_v2', { ...input, width: 0.25, strides: v2 }),
    v3: createModel('mobilenet_v3_small', { ...input, width: 0.5, strides: v3 }),
    resnet18: createModel('resnet18', { ...input, width: 0.25, strides: resnet }),
  };
  const digests = Object.entries(networks).map(([name, model]) => [name, weights(model)]);
  expect(Object.fromEntries(digests)).toMatchInlineSnapshot(`
    {
      "resnet18": "9e6ba335b42e1ba3",
      "v1": "67d3dcb8e0a4c6de",
      "v2": "defca995ec625a50",
      "v3": "e5f321c715a58462",
    }
  `);
});

describe('weights after 20 steps', () => {
  const common = { epochs: 4, batchSize: 32, seed: 2 } satisfies TrainOptions;

  test('MobileNetV2, Adam, augmented, with a moving average', async () => {
    const model = createModel('mobilenet_v2', { ...input, width: 0.25, strides: v2 });
    const augment = { crop: { padding: 4 }, flip: true };
    const schedule = cosine({ peak: 0.003, warmupEpochs: 1 });
    const ema = { decay: 0.9 };
    await train(model, data, { ...common, optimizer: adam(), schedule, augment, ema });
    expect(weights(model)).toBe(expected.v2[build]);
  });

  test('MobileNetV3, SGD, smoothed labels, dropout, the best epoch', async () => {
    const model = createModel('mobilenet_v3_small', {
      ...input,
      width: 0.5,
      dropout: 0.2,
      strides: v3,
    });
    const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 5e-4 });
    const options = { ...common, optimizer, labelSmoothing: 0.1, bestWeights: true };
    await train(model, data, options);
    expect(weights(model)).toBe(expected.v3[build]);
  });

  test('ResNet-18 teaches MobileNetV1', async () => {
    const teacher = createModel('resnet18', { ...input, width: 0.125, strides: resnet });
    const student = createModel('mobilenet_v1', { ...input, width: 0.25, strides: v1 });
    const losses = [hintonKd({ temperature: 4 })];
    const optimizer = adamW({ learningRate: 0.002, weightDecay: 0.01 });
    const options = { ...common, optimizer, teacher, data, losses, alpha: 0.5 };
    await distill(student, options);
    expect(weights(student)).toBe(expected.kd[build]);
  });
});

// The papers' strides, but for the stem's.
const v1 = [1, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1];
const v2 = [1, 1, 2, 2, 2, 1, 2, 1];
const v3 = [1, 2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1];
const resnet = [1, 1, 2, 2, 2];

// With a fused multiply-add the kernels round otherwise; how they came to the processor changes nothing.
const expected = {
  v2: { unfused: 'efb7d662ba6979f3', fused: '344eaf969f621346' },
  v3: { unfused: 'ab91244e23d5529f', fused: 'aabcccadce16c1fe' },
  kd: { unfused: '7a647ce633466414', fused: '4ccc9c4457ccc927' },
};

function weights(model: LayersModel): string {
  const hash = createHash('sha256');
  for (const value of model.getWeights()) hash.update(bytesOf(value.dataSync()));
  return hash.digest('hex').slice(0, 16);
}

function digest(values: ArrayBufferView): string {
  return createHash('sha256').update(bytesOf(values)).digest('hex').slice(0, 16);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
