import {
  memory,
  ones,
  randomUniform,
  setBackend,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  input,
  layers,
  type LayersModel,
  model,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { SeededDropout, tapModel } from '@mnet/layers';
import { beforeAll, expect, test } from 'vitest';

beforeAll(() => setBackend('cpu'));

const net = (): LayersModel =>
  sequential({
    name: 'net',
    layers: [
      layers.conv2d({ name: 'conv', inputShape: [6, 6, 1], filters: 2, kernelSize: 3 }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ name: 'head', units: 3 }),
    ],
  });
const values = (x: Tensor | undefined): number[] => [...(x as Tensor).dataSync()];

test('gives logits and taps in one pass, those that are one tensor too', () => {
  const made = net();
  const tapped = tapModel(made, ['conv', 'head', 'flat']);
  expect(tapped.shapes).toEqual({ conv: [4, 4, 2], flat: [32], head: [3] });
  const x = randomUniform([2, 6, 6, 1], 0, 1, 'float32', 1) as Tensor4D;
  const before = memory().numTensors;
  tidy(() => {
    const { logits, taps } = tapped.apply(x, { training: false });
    expect(values(logits)).toEqual(values(made.predict(x) as Tensor));
    expect(values(taps['head'])).toEqual(values(logits));
    const conv = made.getLayer('conv').apply(x) as Tensor;
    expect(values(taps['conv'])).toEqual(values(conv));
    expect(values(taps['flat'])).toEqual(values(conv));
  });
  expect(memory().numTensors).toBe(before);
});

test('gives the logits alone where nothing is tapped, and passes the call on', () => {
  const made = sequential({
    layers: [layers.flatten({ inputShape: [6, 6, 1] }), new SeededDropout({ rate: 0.5, seed: 1 })],
  });
  const tapped = tapModel(made, []);
  expect(tapped.shapes).toEqual({});
  const x = ones([1, 6, 6, 1]) as Tensor4D;
  const { logits, taps } = tapped.apply(x, { training: false });
  expect(taps).toEqual({});
  expect(new Set(values(logits))).toEqual(new Set([1]));
  expect(new Set(values(tapped.apply(x, { training: true, step: 0 }).logits))).toEqual(
    new Set([0, 2]),
  );
});

test('takes a shared layer where it is used first, of this model alone', () => {
  const shared = layers.dense({ name: 'shared', units: 4, kernelInitializer: 'ones' });
  const elsewhere = input({ shape: [4] });
  shared.apply(elsewhere);
  const x = input({ shape: [4] });
  const once = shared.apply(x);
  const outputs = shared.apply(once) as SymbolicTensor;
  const { taps, logits } = tapModel(model({ inputs: x, outputs }), ['shared']).apply(
    ones([1, 4]) as never,
    {},
  );
  expect(values(taps['shared'])).toEqual([4, 4, 4, 4]);
  expect(values(logits)).toEqual([16, 16, 16, 16]);
});

test('says which layers there are, and refuses those of several outputs', () => {
  expect(() => tapModel(net(), ['body'], "the student 'net'")).toThrow(
    /^taps: the student 'net' has no layer 'body', it has conv_input, conv, flat, head$/,
  );
  expect(() => tapModel(net(), ['body'])).toThrow("taps: the model 'net' has no layer 'body'");
  const x = input({ shape: [4] });
  const two = layers.dense({ units: 2 });
  const twice = model({ name: 'two', inputs: x, outputs: [x, two.apply(x) as SymbolicTensor] });
  const y = input({ shape: [4] });
  const [, second] = twice.apply(y) as SymbolicTensor[];
  const outer = model({ name: 'outer', inputs: y, outputs: second as SymbolicTensor });
  expect(() => tapModel(outer, ['two'])).toThrow(
    "taps: got the layer 'two' of 'outer', which has 2 outputs; takes a layer of one",
  );
});
