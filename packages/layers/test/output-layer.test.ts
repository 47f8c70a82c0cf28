import '@tensorflow/tfjs-backend-cpu';
import { endsInSoftmax, outputLayer } from '@mnet/layers';
import {
  input,
  layers,
  type LayersModel,
  model,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';

beforeAll(() => setBackend('cpu'));

const within = (inner: LayersModel): LayersModel => {
  const inputs = input({ shape: [4] });
  return model({ inputs, outputs: inner.apply(inputs) as SymbolicTensor });
};
const head = (activation: 'softmax' | 'relu'): LayersModel =>
  sequential({ layers: [layers.dense({ name: 'head', units: 3, inputShape: [4], activation })] });

it.each([
  ['an activation', head('softmax'), 'head', true],
  ['an activation in nested models', within(within(head('softmax'))), 'head', true],
  ['another one', within(head('relu')), 'head', false],
  [
    'a layer',
    within(sequential({ layers: [layers.softmax({ name: 'last', inputShape: [4] })] })),
    'last',
    true,
  ],
])('finds the layer that makes the output, and whether it is a softmax: %s', (_, net, name, is) => {
  expect(outputLayer(net).name).toBe(name);
  expect(endsInSoftmax(net)).toBe(is);
});

it('goes by the output of a nested model that its model has', () => {
  const inputs = input({ shape: [4] });
  const of = (name: string): SymbolicTensor =>
    layers.dense({ name, units: 3 }).apply(inputs) as SymbolicTensor;
  const pair = model({ inputs, outputs: [of('first'), of('second')] });
  const outer = input({ shape: [4] });
  const [, outputs] = pair.apply(outer) as SymbolicTensor[];
  expect(outputLayer(model({ inputs: outer, outputs: outputs as SymbolicTensor })).name).toBe(
    'second',
  );
});
