import type { Tensor } from '@tensorflow/tfjs-core';
import type fc from 'fast-check';
import type { Plain } from '../compare.ts';

/** One call of an operation: what it gives from tensors of these values. */
export interface FusedCase {
  inputs: Plain[];
  run: (...tensors: Tensor[]) => Tensor[];
}

/** Calls of an operation of @mnet/ops, the kernels that it runs, and how close its values must be. */
export interface FusedFuzz {
  kernels: string[];
  cases: fc.Arbitrary<FusedCase>;
  tolerance: number;
}
