import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Kernel } from './kernel.ts';
import { streamChunks } from './plan.ts';

/** The loss, its gradient by the logits, and the count of rows that are right. */
const softmaxCrossEntropy: Kernel = ({ inputs, attrs, backend }) => {
  const { logits, labels } = inputs as Record<'logits' | 'labels', TensorInfo>;
  const [batch, classes] = logits.shape as [number, number];
  const [loss, hits] = [backend.output([]), backend.output([])];
  const gradient = backend.output(logits.shape);
  backend.device.launch('softmaxCrossEntropy', 1, {
    logits: backend.address(logits),
    labels: backend.address(labels),
    loss: backend.address(loss),
    gradient: backend.address(gradient),
    batch,
    classes,
    smoothing: attrs.labelSmoothing as number,
    hits: backend.address(hits),
  });
  return [loss, gradient, hits];
};

/** The loss and its gradient by the student's logits. */
const distillation: Kernel = ({ inputs, attrs, backend }) => {
  const { student, teacher } = inputs as Record<'student' | 'teacher', TensorInfo>;
  const [batch, classes] = student.shape as [number, number];
  const loss = backend.output([]);
  const gradient = backend.output(student.shape);
  backend.device.launch('distillation', 1, {
    student: backend.address(student),
    teacher: backend.address(teacher),
    loss: backend.address(loss),
    gradient: backend.address(gradient),
    batch,
    classes,
    temperature: attrs.temperature as number,
  });
  return [loss, gradient];
};

/** Probabilities of logits along the last axis. */
const softmax: Kernel = ({ inputs, backend }) => {
  const logits = inputs.logits as TensorInfo;
  if (logits.dtype !== 'float32') return undefined;
  const columns = logits.shape.at(-1) ?? 1;
  const size = util.sizeFromShape(logits.shape);
  const out = backend.output(logits.shape);
  // An exponential takes as long as many bytes.
  backend.device.launch('softmax', streamChunks(64 * size, size / columns), {
    x: backend.address(logits),
    out: backend.address(out),
    rows: size / columns,
    columns,
  });
  return out;
};

export const lossKernels: Record<string, Kernel> = {
  SoftmaxCrossEntropy: softmaxCrossEntropy,
  DistillationLoss: distillation,
  Softmax: softmax,
};
