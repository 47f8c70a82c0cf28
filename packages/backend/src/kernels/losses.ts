import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernel } from './kernel.ts';

/** Both kernels: the loss and its gradient by the first input. */
function loss(
  op: 'softmaxCrossEntropy' | 'distillation',
  names: [string, string],
  parameter: string,
): Kernel {
  return ({ inputs, attrs, backend }) => {
    const logits = inputs[names[0]] as TensorInfo;
    const target = inputs[names[1]] as TensorInfo;
    const [batch, classes] = logits.shape as [number, number];
    const value = backend.output([]);
    const gradient = backend.output(logits.shape);
    const addresses = [logits, target, value, gradient].map((t) => backend.address(t));
    backend.runtime.launch(op, 1, [
      ...addresses,
      batch,
      classes,
      { float: attrs[parameter] as number },
    ]);
    return [value, gradient];
  };
}

export const lossKernels: Record<string, Kernel> = {
  SoftmaxCrossEntropy: loss('softmaxCrossEntropy', ['logits', 'labels'], 'labelSmoothing'),
  DistillationLoss: loss('distillation', ['student', 'teacher'], 'temperature'),
};
