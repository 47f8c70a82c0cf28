import '@tensorflow/tfjs-backend-cpu';
import { type CapturedStep, captureStep, sgdStep, valueAndGradients } from '@mnet/ops';
import {
  engine,
  memory,
  mul,
  setBackend,
  sum,
  type Tensor,
  tensor1d,
  tidy,
  variable,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

beforeAll(() => setBackend('cpu'));

describe('a step on a backend that records nothing', () => {
  test('is computed, updates the variables and leaves its values alone', () => {
    const weights = tidy(() => variable(tensor1d([1, 2, 3])));
    const step = captureStep();
    const before = memory().numTensors;
    const losses = [1, 2].map((n) => {
      const x = tensor1d([n, n, n]);
      const varied: string[] = [];
      const values = step.run(
        [x],
        (varies) => {
          varies('nothing that would matter here');
          const { value, gradients } = valueAndGradients(() => sum(mul(x, weights)), [weights]);
          return { values: [value], gradients };
        },
        (gradients) => {
          varied.push('updated');
          sgdStep([weights], gradients as Tensor[], [], { learningRate: 0.5 });
        },
      );
      expect(varied).toEqual(['updated']);
      const [loss] = (values[0] as Tensor).dataSync<'float32'>();
      for (const each of [...values, x]) each.dispose();
      return loss;
    });
    expect(losses).toEqual([6, 9]);
    expect([...weights.dataSync()]).toEqual([-0.5, 0.5, 1.5]);
    expect(step.reason).toBe("the backend 'cpu' records nothing");
    expect(step.replayed).toBe(0);
    step.dispose();
    expect(memory().numTensors).toBe(before);
    weights.dispose();
  });

  test('passes on an error, and leaves nothing behind', () => {
    const step = captureStep();
    const before = memory().numTensors;
    const fail = (): never => {
      throw new Error('no more');
    };
    expect(() => step.run([], fail, () => {})).toThrow('no more');
    const made = (): { values: Tensor[]; gradients: null[] } => ({
      values: [tensor1d([1])],
      gradients: [null],
    });
    expect(() => step.run([], made, fail)).toThrow('no more');
    expect(memory().numTensors).toBe(before);
  });
});

test('a backend that records steps is asked for one', () => {
  const own: CapturedStep = { replayed: 7, reason: undefined, run: () => [], dispose() {} };
  const backend = engine().backend as unknown as { captureStep?: () => CapturedStep };
  backend.captureStep = () => own;
  try {
    expect(captureStep()).toBe(own);
  } finally {
    delete backend.captureStep;
  }
});
