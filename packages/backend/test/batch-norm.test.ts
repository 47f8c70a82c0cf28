import { setThreads } from '@mnet/backend';
import { batchNormTrain } from '@mnet/ops';
import {
  grads,
  setBackend,
  sum,
  type Tensor,
  tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectClose, numbers } from './compare.ts';

test('batch normalization of more channels than have room in the scratch memory of a thread', async () => {
  const channels = 20_001;
  const evaluate = (): Float32Array[] => {
    const inputs = [
      tensor(numbers(36 * channels, 1), [1, 6, 6, channels]),
      tensor(numbers(channels, 2)),
      tensor(numbers(channels, 3)),
    ];
    const f = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
      batchNormTrain(
        x as Tensor4D,
        { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
        { activation: 'relu' },
      );
    const y = f(...(inputs as [Tensor, Tensor, Tensor]));
    const slopes = grads((...list: Tensor[]) => sum(f(...(list as [Tensor, Tensor, Tensor]))))(
      inputs,
    );
    return [y, ...slopes].map((t) => t.dataSync() as Float32Array);
  };
  await setBackend('cpu');
  const want = evaluate();
  await setBackend('mnet');
  await setThreads(2);
  const got = evaluate();
  expect(got).toHaveLength(4);
  want.forEach((w, i) => expectClose(got[i] as Float32Array, w, 1e-4));
});
