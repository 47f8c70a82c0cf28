import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  checkModel,
  classifierInfo,
  countParameters,
  endsInSoftmax,
  modelLayers,
  modelMetadata,
  outputLayer,
  tapModel,
} from '@mnet/layers';
import { beforeAll, expect, test } from 'vitest';

beforeAll(() => setBackend('cpu'));

test.each<[string, (given: never) => unknown]>([
  ['checkModel', checkModel],
  ['modelLayers', modelLayers],
  ['countParameters', countParameters],
  ['tapModel', (given) => tapModel(given, [])],
  ['modelMetadata', modelMetadata],
  ['classifierInfo', classifierInfo],
  ['outputLayer', outputLayer],
  ['endsInSoftmax', endsInSoftmax],
])('what is no model is refused by name: %s', (_, take) => {
  for (const [given, shown] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [{}, 'Object'],
  ] as const) {
    expect(() => take(given as never)).toThrow(`model: got ${shown}, takes a tf.LayersModel`);
  }
});

test('a model is taken', () => {
  const x = input({ shape: [4] });
  const outputs = layers.dense({ units: 2 }).apply(x) as SymbolicTensor;
  expect(() => checkModel(model({ inputs: x, outputs }))).not.toThrow();
});
