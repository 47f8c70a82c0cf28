// The same network, recipe and test views as tools/oracles/speedrun/speedrun.py has them in PyTorch.
import { mnet, pickBackend } from '@mnet/backend';
import { experimentCommand } from '@mnet/cli';
import { evaluateLogits, streamLogits, train } from '@mnet/train';
import {
  mul,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { experiment } from '../src/experiment.ts';
import type { Flags } from '../src/flags.ts';
import { speedNetwork } from '../src/network.ts';
import { speedTraining } from '../src/recipe.ts';
import { whiteningKernel } from '../src/whitening.ts';
import golden from './golden/speedrun.json' with { type: 'json' };
import { goldenImages, Numbers } from './golden-inputs.ts';

beforeAll(() => pickBackend({ prefer: 'mnet' }));

const count = 24;
const numbers = new Numbers(15);
const images = goldenImages(numbers, count);

/** Gives a model the numbers that follow those of the images, in the order of the oracle. */
function fill(model: LayersModel, draw: Numbers): void {
  const set = (layer: string, values: Record<string, Float32Array>): void => {
    const { weights } = model.getLayer(layer);
    const tensors = weights.map((weight): Tensor => {
      const name = weight.originalName.replace(/.*\//, '');
      const given = values[name];
      return given ? tensor(given, weight.shape as number[]) : weight.read();
    });
    model.getLayer(layer).setWeights(tensors);
  };
  const sizeOf = (layer: string, name: string): number[] =>
    model.getLayer(layer).weights.find(({ originalName }) => originalName.endsWith(name))
      ?.shape as number[];
  tidy(() => {
    set('whitening', { bias: draw.values(24, 0.1) });
    for (const block of [1, 2, 3]) {
      for (const half of ['a', 'b']) {
        const name = `block${block}_${half}`;
        const [k = 0, , inputs = 0, filters = 0] = sizeOf(name, 'kernel');
        const bound = 1 / Math.sqrt(inputs * k * k);
        set(name, {
          kernel: draw.values(k * k * inputs * filters, bound),
          beta: draw.values(filters, 0.2),
          moving_mean: draw.values(filters, 0.2),
          moving_variance: draw.values(filters, 0.5).map((value) => 1 + value),
        });
      }
    }
    const [inputs = 0, units = 0] = sizeOf('head', 'kernel');
    set('head', { kernel: draw.values(inputs * units, 1 / Math.sqrt(inputs)) });
  });
}

async function logitsOf(model: LayersModel): Promise<number[]> {
  const forward = (batch: Tensor4D) => model.apply(batch, { training: false }) as Tensor2D;
  const all: number[] = [];
  for await (const { logits } of streamLogits(forward, images)) all.push(...logits);
  return all;
}

function expectClose(values: readonly number[], expected: readonly number[], within: number): void {
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThan(within);
  });
}

it('whitens with the filters of the oracle, up to their signs', () => {
  const kernel = whiteningKernel(images);
  const column = (values: ArrayLike<number>, filter: number): number[] =>
    Array.from({ length: 12 }, (_, row) => values[row * 24 + filter] as number);
  for (let filter = 0; filter < 12; filter++) {
    const [ours, theirs] = [column(kernel, filter), column(golden.whitening, filter)];
    const same = ours.reduce((sum, value, i) => sum + value * (theirs[i] as number), 0) > 0;
    const size = Math.max(...theirs.map(Math.abs));
    expectClose(
      ours,
      theirs.map((value) => (same ? value : -value)),
      1e-4 * size,
    );
    expect(column(kernel, filter + 12)).toEqual(ours.map((value) => -value));
  }
});

it('computes the logits of the oracle, and learns as it does', async () => {
  const model = speedNetwork({
    classes: 10,
    inputShape: [32, 32, 3],
    width: 0.125,
    activation: 'gelu',
    momentum: 0.4,
    seed: 1,
    whitening: Float32Array.from(golden.whitening),
  });
  fill(model, numbers);
  expectClose(await logitsOf(model), golden.logits, 1e-5);

  const defaults = experimentCommand(experiment).opts<Flags>();
  const plain = {
    augment: false,
    alternateFlip: false,
    cropFill: undefined,
    keepCheckpoints: undefined,
  };
  const flags = { ...defaults, ...plain, batchSize: count, epochs: 12 } as unknown as Flags;
  const losses: number[] = [];
  const result = await train(
    model,
    { train: images, test: images },
    {
      ...speedTraining(flags, 12, 12),
      testViews: { mirror: true, shift: 1 },
      callbacks: [{ onStepEnd: ({ stepLoss }) => void losses.push(stepLoss) }],
    },
  );
  // Without fused multiply-add a pooled maximum may be rounded to another side, after which losses are no longer as equal.
  const within = mnet().build.startsWith('fused') ? 2e-6 : 3e-3;
  expectClose(losses, golden.losses, within);
  expectClose(await logitsOf(model), golden.trained, within);
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) - 0.15);
  expect(result.test?.loss).toBeDefined();
});

it('looks at mirrored and shifted images as the oracle does', async () => {
  const model = speedNetwork({
    classes: 10,
    inputShape: [32, 32, 3],
    width: 0.125,
    activation: 'gelu',
    momentum: 0.4,
    seed: 1,
    whitening: Float32Array.from(golden.whitening),
  });
  const draw = new Numbers(15);
  goldenImages(draw, count);
  fill(model, draw);
  // Ten thousand times as large, so that the loss tells small differences of the logits.
  const forward = (batch: Tensor4D) =>
    mul(model.apply(batch, { training: false }) as Tensor2D, 1e4) as Tensor2D;
  const ours = await evaluateLogits(forward, images, { mirror: true, shift: 1 });
  const rows = golden.views.map((value) => 1e4 * value);
  const theirs = await evaluateLogits(() => tensor(rows, [count, 10]), images);
  expect(Math.abs(ours.loss - theirs.loss)).toBeLessThan(3e-3);
  expect(ours.confusion).toEqual(theirs.confusion);
  for (const views of [{}, { mirror: true }, { shift: 1 }]) {
    const { loss } = await evaluateLogits(forward, images, views);
    expect(Math.abs(loss - theirs.loss)).toBeGreaterThan(5e-3);
  }
});
