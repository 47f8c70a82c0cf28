import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';

/**
 * Address at which a kernel may change a variable's values. Where another tensor shares them (a clone, a reshape,
 * a snapshot of the best weights) or a recorded computation reads them, the variable first gets a copy of its own, so
 * that nobody else sees the change.
 */
export function writable(backend: MnetBackend, variable: Variable): number {
  backend.changes(variable);
  if (backend.isShared(variable)) {
    const { shape, dtype } = variable;
    const from = backend.address(variable);
    const values = new Float32Array(backend.device.bytes, from, variable.size);
    // Moved in, not made by the kernel that runs: it stays the variable's, however that one ends.
    const dataId = {};
    backend.move(dataId, values, shape, dtype, 1);
    const tensor: Tensor = engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend);
    variable.assign(tensor);
    tensor.dispose();
  }
  return backend.address(variable);
}
