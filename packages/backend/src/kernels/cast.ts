import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { widening } from '../generated/commands.ts';
import type { Kernel } from './kernel.ts';
import { streamChunks } from './plan.ts';

/** What can become which wider type. */
const widenings = [
  { from: 'int32', to: 'float32', types: widening.intToFloat },
  { from: 'bool', to: 'float32', types: widening.boolToFloat },
  { from: 'bool', to: 'int32', types: widening.boolToInt },
] as const;

/**
 * A cast to the same type, which shares the values, or to a wider one, with values of that type. The cpu backend's shares
 * the input's values under the new type's name, which is enough for JavaScript; our kernels would read the bits of an
 * integer as a float.
 */
const cast: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x as TensorInfo;
  const to = attrs.dtype as DataType;
  if (x.dtype === to) {
    backend.incRef(x.dataId);
    return { ...x };
  }
  const found = widenings.find((each) => each.from === x.dtype && each.to === to);
  if (!found) return undefined;
  const out = backend.output(x.shape, found.to);
  const size = util.sizeFromShape(x.shape);
  backend.device.launch('widen', streamChunks(8 * size, Math.ceil(size / 16)), {
    x: backend.address(x),
    out: backend.address(out),
    count: size,
    types: found.types,
  });
  return out;
};

export const castKernels: Record<string, Kernel> = { Cast: cast };
