import { registerMnet } from './register-backend.ts';

registerMnet();

export { type Captured, capture } from './capture.ts';
export { MnetBackend, type MnetMemory } from './backend.ts';
export {
  type PickedBackend,
  type PickOptions,
  pickBackend,
  type RuntimeName,
} from './pick-backend.ts';
export {
  backendName,
  getThreads,
  mnet,
  registerMnet,
  setKernelBuild,
  setThreads,
} from './register-backend.ts';
export { hasRelaxedSimd, type KernelBuild } from './runtime/build.ts';
export type { HeapState } from './runtime/heap.ts';
export type { KernelTime } from './runtime/runtime.ts';
