import type { ImageDataset } from '@mnet/data';
import { countHits } from '@mnet/ops';
import { evaluateLogits, type TrainingData } from '@mnet/train';
import {
  argMax,
  dispose,
  keep,
  type Scalar,
  stack,
  sum,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { DistillationSettings, FitOptions } from './options.ts';

/** A teacher on images that its student was not trained on. */
export interface Compared {
  /** The teacher's, from 0 to 1. */
  readonly accuracy: number;
  /** The share of images whose highest logit is of the same class for teacher and student, from 0 to 1. */
  readonly agreement: number;
}

/** {@link Compared} on the parts of the data that are there. */
export interface ComparedSplits {
  readonly validation?: Compared;
  readonly test?: Compared;
}

type Sides = Pick<DistillationSettings, 'student' | 'teacher'>;
type Options = Pick<FitOptions, 'evaluationBatchSize' | 'signal' | 'callbacks'>;

/** Compares teacher and student, as it is now, on the validation and the test images. */
export async function comparedOn(
  sides: Sides,
  { validation, test }: TrainingData,
  options: Options,
): Promise<ComparedSplits> {
  const compare = async (dataset: ImageDataset | undefined): Promise<Compared | undefined> => {
    // Stored logits know nothing of other images.
    if (!dataset || dataset.length === 0 || sides.teacher.dataset !== undefined) return undefined;
    return compared(sides, dataset, options);
  };
  const ofValidation = await compare(validation);
  const ofTest = await compare(test);
  return { ...(ofValidation && { validation: ofValidation }), ...(ofTest && { test: ofTest }) };
}

/** One pass over the images, both networks batch by batch. */
async function compared(
  { student, teacher }: Sides,
  dataset: ImageDataset,
  { evaluationBatchSize: batchSize, signal, callbacks = [] }: Options,
): Promise<Compared> {
  const prepared = teacher.prepare([]);
  const none = { indices: Int32Array.of(), mirrored: Uint8Array.of() };
  const agreed: Scalar[] = [];
  try {
    const { accuracy } = await evaluateLogits(
      (images) => {
        const { logits } = prepared.forward({ images, ...none });
        const own = student.apply(images, { training: false }) as Tensor2D;
        agreed.push(keep(countHits(logits, argMax<Tensor1D>(own, 1))));
        return logits;
      },
      dataset,
      {
        ...(batchSize === undefined ? {} : { batchSize }),
        ...(signal ? { signal } : {}),
        onProgress: async (done, total) => {
          for (const callback of callbacks) {
            await callback.onProgress?.({ task: `teacher on ${dataset.name}`, done, total });
          }
        },
      },
    );
    const total = tidy(() => sum(stack(agreed)));
    const [count = 0] = await total.data();
    total.dispose();
    return { accuracy, agreement: count / dataset.length };
  } finally {
    dispose(agreed);
  }
}
