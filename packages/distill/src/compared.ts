import type { ImageDataset } from '@mnet/data';
import { argMax, streamViews, type TrainingData, type ViewOptions } from '@mnet/train';
import { concat, type Tensor2D } from '@tensorflow/tfjs-core';
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
type Options = Pick<FitOptions, 'evaluationBatchSize' | 'signal' | 'callbacks' | 'testViews'>;

/**
 * Compares teacher and student, as it is now, on the validation and the test images; on these by the views by which the
 * student is tested.
 */
export async function comparedOn(
  sides: Sides,
  { validation, test }: TrainingData,
  options: Options,
): Promise<ComparedSplits> {
  const compare = async (
    dataset: ImageDataset | undefined,
    views: ViewOptions,
  ): Promise<Compared | undefined> => {
    // Stored logits know nothing of other images.
    if (!dataset || dataset.length === 0 || sides.teacher.dataset !== undefined) return undefined;
    return compared(sides, dataset, views, options);
  };
  const ofValidation = await compare(validation, {});
  const ofTest = await compare(test, options.testViews ?? {});
  return { ...(ofValidation && { validation: ofValidation }), ...(ofTest && { test: ofTest }) };
}

/** One pass over the images, both networks batch by batch. */
async function compared(
  { student, teacher }: Sides,
  dataset: ImageDataset,
  views: ViewOptions,
  { evaluationBatchSize: batchSize, signal, callbacks = [] }: Options,
): Promise<Compared> {
  const prepared = teacher.prepare([]);
  const none = { indices: Int32Array.of(), mirrored: Uint8Array.of() };
  const { classes } = teacher;
  const counts = { right: 0, agreed: 0 };
  // Of each image, the teacher's logits and then the student's.
  const both = streamViews(
    (images) => {
      const own = student.apply(images, { training: false }) as Tensor2D;
      return concat([prepared.forward({ images, ...none }).logits, own], 1);
    },
    dataset,
    views,
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
  for await (const { logits, indices } of both) {
    indices.forEach((index, row) => {
      const from = 2 * classes * row;
      const guess = argMax(logits.subarray(from, from + classes));
      if (guess === dataset.labels[index]) counts.right += 1;
      if (guess === argMax(logits.subarray(from + classes, from + 2 * classes))) counts.agreed += 1;
    });
  }
  return { accuracy: counts.right / dataset.length, agreement: counts.agreed / dataset.length };
}
