import { registerMnet } from './register-backend.ts';

registerMnet();

export { type CapturableModel, type Captured, capture } from './capture/capture.ts';
export {
  type BackendName,
  type PickBackendOptions,
  type PickedBackend,
  pickBackend,
} from './pick-backend.ts';
export { kernelBuilds } from './choose-machine.ts';
export {
  getThreads,
  mnet,
  registerMnet,
  setKernelBuild,
  setThreads,
} from './register-backend.ts';
export type { MnetMemory, RunningBackend } from './running-backend.ts';
export type { KernelBuild, NativeBuild, RuntimeKind, WasmBuild } from './runtime/kernel-build.ts';
export type { HeapState } from './runtime/heap.ts';
export type { KernelTime } from './runtime/device.ts';
