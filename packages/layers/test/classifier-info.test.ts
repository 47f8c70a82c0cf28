import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import { classifierInfo, parseClassifierInfo, setClassifierInfo } from '@mnet/layers';
import { beforeAll, expect, test } from 'vitest';

beforeAll(() => setBackend('cpu'));

const net = (): LayersModel =>
  sequential({
    name: 'net',
    layers: [layers.flatten({ inputShape: [2, 3, 2] }), layers.dense({ units: 2 })],
  });
const info = { classes: ['a', 'b'], mean: [0.1, 0.2], std: [1, 2] };
const whole = { ...info, shape: [2, 3, 2] };

test('is noted as a copy, with the size of the input', () => {
  const [model, mean] = [net(), [0.1, 0.2]];
  setClassifierInfo(model, { ...info, mean, resize: 'fill' });
  mean[0] = 7;
  expect(classifierInfo(model)).toStrictEqual({ ...whole, resize: 'fill' });
  setClassifierInfo(model, info);
  expect(classifierInfo(model)).toStrictEqual(whole);
});

test.each<[string, unknown, string]>([
  ['no object', null, 'classifier info: got null, takes an object of options'],
  ['an unknown entry', { ...info, crop: 1 }, "unknown option 'crop', takes classes, shape, mean,"],
  [
    'classes',
    { ...info, classes: 'ab' },
    "classes: got 'ab', takes an array of the classes' names",
  ],
  ['a class', { ...info, classes: ['a', 1] }, "classes: got ['a', 1], takes an array"],
  ['too few classes', { ...info, classes: ['a'] }, 'classes: got 1 names, takes 2, one for each'],
  ['shape', { ...info, shape: [2, 3] }, 'shape: got [2, 3], takes [height, width, channels] of'],
  ['a size', { ...info, shape: [2, 0, 2] }, 'shape: got [2, 0, 2], takes [height, width'],
  ['a huge shape', { ...info, shape: [1e5, 1e5, 2] }, 'takes at most 67108864 values'],
  ['another shape', { ...info, shape: [4, 3, 2] }, "takes [2, 3, 2], the input of 'net'"],
  ['no mean', { std: [1, 2] }, 'mean: got undefined, takes numbers, one a channel'],
  ['a mean', { ...info, mean: [0.1] }, 'mean: got [0.1], takes 2 numbers, one a channel'],
  ['a mean that is none', { ...info, mean: [0.1, '0'] }, "mean: got '0', takes a finite number"],
  ['std', { ...info, std: 1 }, 'std: got 1, takes numbers, one a channel'],
  ['a deviation of 0', { ...info, std: [1, 0] }, 'std: got 0, takes a number above 0'],
  ['resize', { ...info, resize: 'crop' }, "resize: got 'crop', takes one of 'cover', 'fill'"],
])('is checked: %s', (_, given, message) => {
  const model = net();
  expect(() => setClassifierInfo(model, given as never)).toThrow(message);
  expect(classifierInfo(model)).toBeUndefined();
});

test('takes a model alone', () => {
  expect(() => setClassifierInfo({} as never, info)).toThrow(
    'model: got Object, takes a tf.LayersModel',
  );
});

test('is parsed without entries of a later version; what is not sound is none', () => {
  expect(parseClassifierInfo({ ...whole, crop: 0.875 })).toStrictEqual(whole);
  expect(parseClassifierInfo({ ...whole, classes: undefined })).toStrictEqual({
    shape: [2, 3, 2],
    mean: info.mean,
    std: info.std,
  });
  for (const value of [undefined, null, 5, 'text', [], { ...whole, std: [0, 1] }]) {
    expect(parseClassifierInfo(value)).toBeUndefined();
  }
});

test('is none where it is of another model', () => {
  const model = net();
  model.setUserDefinedMetadata({ mnet: { classifier: { ...whole, classes: ['a'] } } });
  expect(classifierInfo(model)).toBeUndefined();
});
