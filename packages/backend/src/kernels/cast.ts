import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Kernel } from './kernel.ts';

/**
 * A cast to the same type, which shares the values, or to a wider one, with values of that type. The cpu backend's shares the input's values under the new
 * type's name, which is enough for JavaScript; our kernels would read the bits of an integer as a float.
 */
const cast: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x as TensorInfo;
  const to = attrs.dtype as DataType;
  if (x.dtype === to) {
    backend.incRef(x.dataId);
    return { ...x };
  }
  if (x.dtype !== 'int32' && x.dtype !== 'bool') return undefined;
  if (to !== 'float32' && to !== 'int32') return undefined;
  const out = backend.output(x.shape, to);
  const size = util.sizeFromShape(x.shape);
  // Addresses first: taking memory may put a new buffer in the old one's place.
  const [from, into] = [backend.address(x), backend.address(out)];
  backend.fallback(() => {
    const { bytes } = backend.device;
    const values =
      x.dtype === 'int32' ? new Int32Array(bytes, from, size) : new Uint8Array(bytes, from, size);
    if (to === 'int32') new Int32Array(bytes, into, size).set(values);
    else new Float32Array(bytes, into, size).set(values);
  });
  return out;
};

export const castKernels: Record<string, Kernel> = { Cast: cast };
