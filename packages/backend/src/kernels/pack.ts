import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { copyWords } from '../runtime/copy-words.ts';
import type { Kernel } from './kernel.ts';

/** Tensors of one shape along a new first axis, as figures of a step are put together; other axes are left to the cpu. */
const pack: Kernel = ({ inputs, attrs, backend }) => {
  const list = Object.values(inputs);
  const [first] = list;
  if (!first || attrs.axis !== 0) return undefined;
  const { shape } = first;
  if (list.some((t) => t.dtype !== 'float32' || t.shape.join() !== shape.join())) return undefined;
  const size = util.sizeFromShape(shape);
  const out: TensorInfo = backend.output([list.length, ...shape]);
  list.forEach((each, i) => {
    const [from, to] = [backend.address(each), backend.address(out) + 4 * size * i];
    copyWords(backend.device, from, to, size);
  });
  return out;
};

export const packKernels: Record<string, Kernel> = { Pack: pack };
