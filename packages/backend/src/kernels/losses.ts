import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernel } from './kernel.ts';

/** The loss, its gradient by the logits, and the count of rows that are right. */
const softmaxCrossEntropy: Kernel = ({ inputs, attrs, backend }) => {
  const { logits, labels } = inputs as Record<'logits' | 'labels', TensorInfo>;
  const [batch, classes] = logits.shape as [number, number];
  const [loss, hits] = [backend.output([]), backend.output([])];
  const gradient = backend.output(logits.shape);
  const addresses = [logits, labels, loss, gradient].map((t) => backend.address(t));
  const smoothing = { float: attrs.labelSmoothing as number };
  const words = [...addresses, batch, classes, smoothing, backend.address(hits)];
  backend.runtime.launch('softmaxCrossEntropy', 1, words);
  return [loss, gradient, hits];
};

/** The loss and its gradient by the student's logits. */
const distillation: Kernel = ({ inputs, attrs, backend }) => {
  const { student, teacher } = inputs as Record<'student' | 'teacher', TensorInfo>;
  const [batch, classes] = student.shape as [number, number];
  const loss = backend.output([]);
  const gradient = backend.output(student.shape);
  const addresses = [student, teacher, loss, gradient].map((t) => backend.address(t));
  const temperature = { float: attrs.temperature as number };
  backend.runtime.launch('distillation', 1, [...addresses, batch, classes, temperature]);
  return [loss, gradient];
};

export const lossKernels: Record<string, Kernel> = {
  SoftmaxCrossEntropy: softmaxCrossEntropy,
  DistillationLoss: distillation,
};
