import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';

/**
 * Address at which a kernel may change a variable's values. Where another tensor shares them (a clone, a reshape,
 * a snapshot of the best weights), the variable first gets a copy of its own, so that nobody else sees the change.
 */
export function writable(backend: MnetBackend, variable: Variable): number {
  if (backend.refCount(variable.dataId) > 1) {
    const copy = backend.output(variable.shape, 'float32');
    const words = new Float32Array(backend.runtime.bytes, backend.address(copy), variable.size);
    words.set(new Float32Array(backend.runtime.bytes, backend.address(variable), variable.size));
    const tensor: Tensor = engine().makeTensorFromTensorInfo(copy, backend);
    variable.assign(tensor);
    tensor.dispose();
  }
  return backend.address(variable);
}
