import { createModel, foldBatchNorm, modelCost, modelInfo, type ModelName } from '@mnet/models';
import { fill, setBackend, type Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(() => setBackend('cpu'));

const made = (name: ModelName, dropPath: number, width = 0.25): LayersModel =>
  createModel(name, { width, seed: 1, dropPath });
const rates = (model: LayersModel): unknown[] =>
  model.layers
    .filter(({ name }) => /^block\d+$/.test(name))
    .map((layer) => layer.getConfig().dropPath ?? 0);

describe('dropPath of a network', () => {
  it('rises from 0 to its value over the blocks with a shortcut', () => {
    // timm's drop_path_rate · index / (blocks − 1), in a ResNet where every block has a shortcut.
    expect(rates(made('resnet18', 0.14))).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) => expect.closeTo((0.14 * i) / 7, 12)),
    );
    // Table 2 of MobileNetV2: 1, 2, 3, 4, 3, 3 and 1 blocks, of which the first of each stage changes the channels.
    const stages = [1, 2, 3, 4, 3, 3, 1];
    let place = 0;
    const expected = stages.flatMap((blocks) =>
      Array.from({ length: blocks }, (_, i) => (i === 0 ? 0 : expect.closeTo(place++ / 90, 12))),
    );
    expect(place).toBe(10);
    expect(rates(made('mobilenet_v2', 0.1, 0.5))).toEqual(expected);
  });

  it('changes training alone, by the step', () => {
    const [model, plain] = [made('mobilenet_v2', 0.3), made('mobilenet_v2', 0)];
    expect(modelInfo(model)?.options).toMatchObject({ dropPath: 0.3 });
    expect(modelCost(model)).toEqual(modelCost(plain));
    const x = fill([4, 32, 32, 3], 0.5);
    const values = (of: LayersModel, call: object = {}): number[] => [
      ...(of.apply(x, call) as Tensor).dataSync(),
    ];
    expect(values(model)).toEqual(values(plain));
    expect(values(foldBatchNorm(model))).toEqual(values(foldBatchNorm(plain)));
    for (const each of [model, plain]) each.trainable = false;
    const step = (n: number) => ({ training: true, step: n });
    expect(values(model, step(1))).toEqual(values(model, step(1)));
    expect(values(model, step(1))).not.toEqual(values(model, step(2)));
    expect(values(plain, step(1))).toEqual(values(plain));
  });

  it('needs a block with a shortcut', () => {
    expect(() => made('mobilenet_v1', 0.1)).toThrow(
      "dropPath: got 0.1, and no block of 'mobilenet_v1' has a shortcut, takes 0",
    );
    expect(() => made('resnet18', 1)).toThrow('dropPath: got 1, takes');
  });
});
