import { mean, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { DistillationSide, TapPair } from './distillation-loss.ts';

/** One vector an image, [batch, width]: an embedding as it is, of feature maps [batch, height, width, channels] the mean. */
export function embedding(x: Tensor): Tensor2D {
  return (x.rank === 4 ? mean(x, [1, 2]) : x) as Tensor2D;
}

/** Throws unless each pair's layers give what {@link embedding} takes. */
export function checkEmbeddings(
  pairs: readonly TapPair[],
  student: DistillationSide,
  teacher: DistillationSide,
): void {
  for (const pair of pairs) {
    checkEmbedding(pair.student, student.taps[pair.student]);
    checkEmbedding(pair.teacher, teacher.taps[pair.teacher]);
  }
}

/** Throws unless a layer of this shape, without the batch, gives what {@link embedding} takes. */
export function checkEmbedding(name: string, shape: readonly number[] | undefined): void {
  if (shape?.length === 1 || shape?.length === 3) return;
  throw new TypeError(
    `taps: got ${name} [${shape?.join(', ')}], takes an embedding [width] or feature maps [height, width, channels]`,
  );
}
