import { type DistillOptions, type DistillResult, distill } from '@mnet/distill';
import { adam, cosine, sgd, train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tinyModel, tinySplits, weightsOf } from './tiny.ts';

await setBackend('cpu');

export const data = tinySplits();

/** A teacher that has learnt `data`. */
export const teacher = tinyModel('teacher', { channels: 6, seed: 11 });
await train(teacher, data, {
  epochs: 12,
  batchSize: 16,
  optimizer: adam(),
  schedule: cosine({ peak: 0.03 }),
});

export function student(options: Parameters<typeof tinyModel>[1] = {}): LayersModel {
  return tinyModel('student', { channels: 3, ...options });
}

export const quick = {
  epochs: 2,
  batchSize: 16,
  optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
};

/** A short course of `student` under `teacher`, or as the options say. */
export async function distilled(
  options: Partial<DistillOptions> = {},
  model = student(),
): Promise<{ model: LayersModel; result: DistillResult; weights: number[] }> {
  const result = await distill(model, { teacher, data, ...quick, ...options });
  return { model, result, weights: weightsOf(model) };
}
