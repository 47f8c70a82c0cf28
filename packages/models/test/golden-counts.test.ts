import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { createModel, modelCost, type ModelName } from '@mnet/models';
import { beforeAll, expect, test } from 'vitest';

beforeAll(() => setBackend('cpu'));

/** Network, options, trainable parameters, multiply-accumulates in millions (null: none published). */
type Row = [name: ModelName, options: object, params: number, macs: number | null];

// The papers' and torchvision's counts: 224×224 (or `size`), 1,000 classes.
// biome-ignore format: a table
const imagenet: Row[] = [
  ['mobilenet_v1', {},               4_231_976, 568.7],
  ['mobilenet_v1', { width: 0.75 },  2_585_560, 325.4],
  ['mobilenet_v1', { width: 0.5 },   1_331_592, 149.5],
  ['mobilenet_v1', { width: 0.25 },    470_072,  41.0],
  ['mobilenet_v1', { size: 192 },    4_231_976, 418.1],
  ['mobilenet_v1', { size: 160 },    4_231_976, 290.7],
  ['mobilenet_v1', { size: 128 },    4_231_976, 186.4],
  ['mobilenet_v2', {},               3_504_872, 300.8],
  ['mobilenet_v2', { width: 1.4 },   6_108_776, 582.2],
  ['mobilenet_v2', { width: 0.75 },  2_636_424, 209.1],
  ['mobilenet_v2', { width: 0.5 },   1_968_680,  97.1],
  ['mobilenet_v2', { width: 0.35 },  1_677_128,  59.3],
  ['mobilenet_v3_large', {},              5_483_032, 216.6],
  ['mobilenet_v3_large', { width: 0.75 }, 3_993_528, 154.6],
  ['mobilenet_v3_large', { width: 0.75, widthRule: 'torchvision' }, 3_377_576, null],
  ['mobilenet_v3_small', {},              2_542_856,  56.5],
  ['mobilenet_v3_small', { width: 0.75 }, 2_041_872,  43.4],
  ['resnet18', {},                  11_689_512, 1814.1],
];

// 32×32, 10 classes (or `classes`).
// biome-ignore format: a table
const cifar: Row[] = [
  ['normal_cnn',   {},                                28_279_338, null],
  ['mobilenet_v1', { strides: 'paper' },                3_217_226, 11.6],
  ['mobilenet_v1', {},                                 3_217_226, 46.4],
  ['mobilenet_v1', { strides: 'stem1' },                3_217_226, 46.4],
  ['mobilenet_v1', { strides: 'cifar' },                3_217_226, 46.4],
  ['mobilenet_v1', { strides: 'cifar', width: 0.75 },     1_824_250, 26.5],
  ['mobilenet_v1', { strides: 'cifar', width: 0.5 },        823_722, 12.2],
  ['mobilenet_v1', { strides: 'cifar', width: 0.25 },       215_642,  3.3],
  ['mobilenet_v2', { strides: 'paper' },                2_236_682,  6.1],
  ['mobilenet_v2', {},                                 2_236_682, 88.0],
  ['mobilenet_v2', { strides: 'cifar' },                2_236_682, 88.0],
  ['mobilenet_v2', { strides: 'stem1' },                2_236_682, 24.5],
  ['mobilenet_v2', { strides: [1, 1, 2, 2, 2, 1, 2, 1] }, 2_236_682, 24.5],
  ['mobilenet_v2', { width: 0.5, scaleHead: true },      590_410, null],
  ['mobilenet_v2', { strides: 'cifar', width: 0.5 },        700_490, 28.0],
  ['mobilenet_v2', { strides: 'cifar', width: 0.75 },     1_368_234, 59.3],
  ['mobilenet_v3_large', { strides: 'cifar' },               4_214_842, 20.1],
  ['mobilenet_v3_small', { strides: 'cifar' },               1_528_106,  5.5],
  ['mobilenet_v3_large', { strides: 'cifar', classes: 100 }, 4_330_132, null],
  ['mobilenet_v3_small', { strides: 'cifar', classes: 100 }, 1_620_356, null],
  ['mobilenet_v3_small', { width: 0.125, widthRule: 'torchvision' }, 43_938, null],
  ['mobilenet_v3_large', { width: 0.125, widthRule: 'torchvision' }, 95_266, null],
  ['mobilenet_v3_small', { width: 0.35, widthRule: 'torchvision' }, 201_354, null],
  ['mobilenet_v3_large', { width: 1.25, widthRule: 'torchvision' }, 6_579_754, null],
  ['resnet18', {},                                    11_173_962, 555.4],
  ['resnet18', { strides: 'cifar', classes: 100 },       11_220_132, null],
];

/** Builds the row's network and gives the row back with what it counts. */
function counted([name, options, , macs]: Row, size: number, classes: number): Row {
  const { size: side = size, ...rest } = options as { size?: number };
  const model = createModel(name, { classes, inputShape: [side, side, 3], ...rest });
  const cost = modelCost(model);
  expect(cost.params + cost.nonTrainableParams).toBe(model.countParams());
  expect(cost.bytes).toBe(4 * model.countParams());
  expect(cost.uncounted).toEqual([]);
  model.dispose();
  const millions = Number((cost.macs / 1e6).toFixed(1));
  return [name, options, cost.params, macs === null ? null : millions];
}

test.each(imagenet)('%s %j at 224×224, 1,000 classes, %j parameters, %j M MACs', (...row) => {
  expect(counted(row, 224, 1000)).toEqual(row);
});

test.each(cifar)('%s %j at 32×32, 10 classes, %j parameters, %j M MACs', (...row) => {
  expect(counted(row, 32, 10)).toEqual(row);
});
