import type { Tensor } from '@tensorflow/tfjs-core';
import type { Kernel } from './kernel.ts';
import { withTable } from './table.ts';

/** The sums of squares of all chunks, then the factor from them: two launches, and nothing is read back. */
const clipScale: Kernel = ({ inputs, attrs, backend }) => {
  const { gradients, maxNorm, epsilon } = attrs as unknown as {
    gradients: readonly Tensor[];
    maxNorm: number;
    epsilon: number;
  };
  const { scale } = inputs;
  const out = backend.output([]);
  let [sums, count] = [0, 0];
  const rows = gradients.map((operand) => ({ operand }));
  withTable(backend, rows, ({ chunks, ...table }) => {
    sums = backend.allocate(8 * chunks, 'the sums of squares of gradients');
    count = chunks;
    backend.device.launch('squareSums', chunks, { ...table, sums });
  });
  backend.device.launch('clipScale', 1, {
    sums,
    count,
    scale: scale ? backend.address(scale) : 0,
    out: backend.address(out),
    most: maxNorm,
    epsilon,
  });
  return out;
};

export const clippingKernels: Record<string, Kernel> = { ClipScale: clipScale };
