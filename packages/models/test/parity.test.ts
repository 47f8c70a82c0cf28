import { readdirSync, readFileSync } from 'node:fs';
import {
  createModel,
  encodeSafetensors,
  type Layout,
  listModels,
  loadWeights,
  type ModelName,
  type ModelOptions,
  type SafetensorsValue,
  weightNames,
} from '@mnet/models';
import { softmaxCrossEntropy } from '@mnet/ops';
import '@tensorflow/tfjs-backend-cpu';
import {
  setBackend,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor4d,
  tidy,
  transpose,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { registry } from '../src/registry.ts';
import { picture, summary, weightValues } from './golden/values.ts';

/** A golden file; tools/oracles/models/make_golden.py says how it came about. */
interface Golden {
  network: ModelName;
  options: ModelOptions;
  tensors: Record<string, number[]>;
  /** Biases that are not what the rule says, by channel: see tools/oracles/models/kinks.py. */
  moved: Record<string, Record<string, number>>;
  inference: { shape: number[]; logits: number[][] }[];
  training: { shape: number[]; labels: number[]; loss: number };
  gradients: Record<string, number[]>;
  statistics: Record<string, number[]>;
}

const folder = new URL('golden/', import.meta.url);
const goldens = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Golden);

/** PyTorch's order of a tensor's axes. */
const axes: Record<Layout, number[] | undefined> = {
  same: undefined,
  conv: [3, 2, 0, 1],
  depthwise: [2, 3, 0, 1],
  dense: [1, 0],
  pointwise: [1, 0],
};

/** The file that PyTorch would have written. */
function torchFile({ tensors, moved }: Golden): Uint8Array {
  const values = Object.entries(tensors).map(([name, shape]): [string, SafetensorsValue] => {
    if (name.endsWith('num_batches_tracked'))
      return [name, { shape, values: BigInt64Array.of(7n) }];
    const entries = weightValues(name, shape);
    for (const [channel, value] of Object.entries(moved[name] ?? {})) {
      entries[Number(channel)] = value;
    }
    return [name, { shape, values: entries }];
  });
  return encodeSafetensors(new Map(values));
}

async function load(golden: Golden, [, , height, width]: number[]): Promise<LayersModel> {
  const inputShape = [height!, width!, 3] as [number, number, number];
  const model = createModel(golden.network, { ...golden.options, strides: 'paper', inputShape });
  const report = await loadWeights(model, torchFile(golden), { format: 'torchvision' });
  expect(report.loaded).toHaveLength(model.weights.length);
  return model;
}

/** The golden input, [N, C, H, W], as [N, H, W, C]. */
function input(shape: number[]): Tensor {
  return tidy(() =>
    transpose(tensor4d(picture(shape), shape as [number, number, number, number]), [0, 2, 3, 1]),
  );
}

function norm(values: Iterable<number>): number {
  return Math.hypot(...values);
}

/** |got − wanted| / |wanted|, in the Euclidean norm over all logits. */
function relativeError(got: ArrayLike<number>, wanted: readonly number[][]): number {
  const flat = wanted.flat();
  expect(got).toHaveLength(flat.length);
  return norm(flat.map((value, i) => value - got[i]!)) / norm(flat);
}

/**
 * The largest difference between two summaries, by the norm of the tensor or, where that is larger, by `floor`: the
 * beta in front of a 1×1 convolution that is normalized has the gradient 0, and rounding leaves something there.
 */
function summaryError(name: string, got: Tensor, wanted: number[], floor: number): number {
  const found = summary(name, got.dataSync() as Float32Array);
  const differences = wanted.map((value, i) => Math.abs(value - found[i]!));
  return Math.max(...differences) / Math.max(wanted[0]!, floor);
}

beforeAll(async () => setBackend('cpu'));

test('all networks of the registry that have names in PyTorch have a golden file', () => {
  const named = listModels().filter((name) => 'torchvision' in registry[name].names);
  expect(goldens.map(({ network }) => network)).toEqual(named.toSorted());
});

describe.each(goldens)('$network, compared with PyTorch in double precision', (golden) => {
  test('logits, also of a picture that is not square', async () => {
    for (const { shape, logits } of golden.inference) {
      const model = await load(golden, shape);
      const got = tidy(() => (model.predict(input(shape)) as Tensor).dataSync());
      model.dispose();
      expect(relativeError(got, logits)).toBeLessThan(1e-4);
    }
  });

  test('in training: loss, the gradient of every parameter, and the moving statistics', async () => {
    const { shape, labels, loss } = golden.training;
    const model = await load(golden, shape);
    const names = weightNames(model, 'torchvision');
    const tensorOf = new Map(names.map(({ weight, ...place }) => [weight, place]));
    const x = input(shape);
    const y = tensor1d(labels, 'int32');
    const result = variableGrads(() => {
      const logits = model.apply(x, { training: true }) as Tensor2D;
      return softmaxCrossEntropy(logits, y);
    });
    expect(Math.abs(result.value.dataSync()[0]! - loss) / loss).toBeLessThan(1e-4);

    const norms = Object.values(golden.gradients).map(([n]) => n!);
    const floor = 1e-2 * Math.sqrt(norms.reduce((sum, n) => sum + n * n, 0) / norms.length);
    const errors: Record<string, number> = {};
    for (const weight of model.weights) {
      const { tensor, layout } = tensorOf.get(weight.originalName)!;
      const order = axes[layout];
      const gradient = result.grads[weight.name];
      if (gradient) {
        const ordered = tidy(() => (order ? transpose(gradient, order) : gradient));
        errors[tensor] = summaryError(tensor, ordered, golden.gradients[tensor]!, floor);
      } else {
        errors[tensor] = summaryError(tensor, weight.read(), golden.statistics[tensor]!, 0);
      }
    }
    expect(Object.keys(errors)).toHaveLength(names.length);
    const worst = Object.entries(errors).toSorted(([, a], [, b]) => b - a);
    expect(worst.filter(([, error]) => !(error < 1e-3))).toEqual([]);
  });
});
