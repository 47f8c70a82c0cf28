import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  type Rank,
  type ShapeMap,
  type Tensor,
  tensor,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** A tensor as the golden files have it. */
export interface Plain {
  shape: number[];
  values: number[];
}

/** The golden values of tools/oracles/ops.py. */
export interface Golden {
  batchNorm: (Record<string, Plain> & { activation: string })[];
  crossEntropy: {
    labelSmoothing: number;
    logits: Plain;
    labels: number[];
    loss: number;
    gradient: Plain;
  }[];
  weightedCrossEntropy: {
    labelSmoothing: number;
    logits: Plain;
    labels: number[];
    weights: number[];
    loss: number;
    gradient: Plain;
  }[];
  distillation: {
    temperature: number;
    student: Plain;
    teacher: Plain;
    loss: number;
    gradient: Plain;
  }[];
  optimizers: {
    optimizer: 'sgd' | 'adam' | 'adamw' | 'rmsprop';
    options: {
      lr: number;
      momentum?: number;
      nesterov?: boolean;
      weight_decay?: number;
      betas?: [number, number];
      eps?: number;
      alpha?: number;
      centered?: boolean;
    };
    start: Plain[];
    steps: { gradients: Plain[]; parameters: Plain[] }[];
  }[];
  clipping: { maxNorm: number; gradients: Plain[]; clipped: Plain[] }[];
}

export const golden = JSON.parse(
  readFileSync(new URL('golden/ops.json', import.meta.url), 'utf8'),
) as Golden;

export function toTensor<R extends Rank = Rank>({ shape, values }: Plain): Tensor<R> {
  return tensor(values, shape as ShapeMap[R]);
}

export function toVariable(plain: Plain): Variable {
  return variable(toTensor(plain));
}

/** Expects a tensor's values within `tolerance` of the largest wanted. */
export function expectValues(got: Tensor, want: Plain | number[], tolerance = 1e-5): void {
  const values = Array.isArray(want) ? want : want.values;
  if (!Array.isArray(want)) expect(got.shape).toEqual(want.shape);
  const data = got.dataSync();
  expect(data.length).toBe(values.length);
  const scale = Math.max(1, ...values.map(Math.abs));
  values.forEach((value, i) => {
    const distance = Math.abs((data[i] as number) - value);
    if (!(distance <= tolerance * scale)) {
      throw new Error(
        `value ${i}: got ${data[i]}, expected ${value} (tolerance ${tolerance * scale})`,
      );
    }
  });
}
