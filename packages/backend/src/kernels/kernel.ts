import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';

/** What a kernel gets; `inputs` and `attrs` are what tfjs-core passes for its name. */
export interface KernelArguments {
  inputs: Record<string, TensorInfo>;
  attrs: Record<string, unknown>;
  backend: MnetBackend;
}

/**
 * A kernel of this backend; undefined says that it does not take this case, and the cpu backend's runs. Its inputs and
 * outputs have elements: where one has none, the cpu backend's runs.
 */
export type Kernel = (args: KernelArguments) => TensorInfo | TensorInfo[] | undefined;
