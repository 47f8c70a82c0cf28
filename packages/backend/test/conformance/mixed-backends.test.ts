// tfjs-core's two specs 'Switching cpu backends' need a backend that starts at once, under the name 'cpu'. These
// hold ours to the same: tensors of two backends are read and computed with on either.
import '@mnet/backend';
import '@tensorflow/tfjs-backend-cpu';
import { add, memory, scalar, setBackend, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

test('tensors of two backends are read on either and freed on both', async () => {
  await setBackend('cpu');
  const before = memory();
  const a = scalar(5);
  await setBackend('mnet');
  const b = scalar(3);
  expect(memory().numDataBuffers).toBe(before.numDataBuffers + 2);
  expect(memory().numBytes).toBe(before.numBytes + 8);
  expect(await a.data()).toEqual(Float32Array.of(5));
  await setBackend('cpu');
  expect(await b.data()).toEqual(Float32Array.of(3));
  a.dispose();
  b.dispose();
  expect(memory().numDataBuffers).toBe(before.numDataBuffers);
  expect(memory().numTensors).toBe(before.numTensors);
  expect(memory().numBytes).toBe(before.numBytes);
});

test.each(['cpu', 'mnet'])('%s computes with tensors of both backends', async (backend) => {
  await setBackend('cpu');
  const a = tensor1d([1, 2, 3], 'int32');
  const c = tensor1d([0.5, 1.5, 2.5]);
  await setBackend('mnet');
  const b = tensor1d([10, 20, 30], 'int32');
  await setBackend(backend);
  const sum = tidy(() => add(add(a, b), c));
  expect(sum.dtype).toBe('float32');
  expect(await sum.data()).toEqual(Float32Array.of(11.5, 23.5, 35.5));
  for (const tensor of [a, b, c, sum]) tensor.dispose();
});
