import type { Tensor } from '@tensorflow/tfjs-core';

/** Throws unless a tensor has this shape: TensorFlow.js would repeat what is there once, and give a number. */
export function checkShape(tensor: Tensor, shape: readonly number[], argument: string): void {
  if (tensor.shape.join() === shape.join()) return;
  throw new RangeError(
    `${argument}: got [${tensor.shape.join(', ')}], takes [${shape.join(', ')}]`,
  );
}

/** Throws unless the teacher's tensor is of as many images as the student's. */
export function checkBatches(student: Tensor, teacher: Tensor): void {
  const [images] = student.shape;
  if (teacher.shape[0] === images) return;
  throw new RangeError(
    `teacher: got [${teacher.shape.join(', ')}], takes a batch of ${images} images, as the student's [${student.shape.join(', ')}]`,
  );
}

/** Throws unless both are logits of the same images and classes. */
export function checkLogits(student: Tensor, teacher: Tensor): void {
  if (student.rank !== 2) {
    throw new RangeError(
      `student: got [${student.shape.join(', ')}], takes logits [batch, classes]`,
    );
  }
  checkShape(teacher, student.shape, 'teacher');
}
