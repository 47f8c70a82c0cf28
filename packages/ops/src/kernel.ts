import {
  engine,
  getBackend,
  getGradient,
  getKernel,
  type GradConfig,
  type NamedAttrMap,
  registerGradient,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/**
 * Whether the active backend has a kernel of this name for these inputs; otherwise an op runs its reference
 * composition. So it does for a tensor of no elements (an empty batch): no kernel is asked what comes of nothing.
 */
export function hasKernel(name: string, inputs: readonly Tensor[] = []): boolean {
  return getKernel(name, getBackend()) != null && !inputs.some(({ size }) => size === 0);
}

/** The engine's state, which its public types leave out. */
interface EngineState {
  state: { gradientDepth: number };
}

/** Whether a gradient is being computed, so that what runs now must be differentiable. */
export function recordsTape(): boolean {
  return (engine() as unknown as EngineState).state.gradientDepth > 0;
}

/**
 * Runs a kernel of the active backend on the tape. Its gradient is registered at the first use, not at
 * import, so that bundlers may drop the ops a program does not call.
 */
export function runFused(
  gradient: GradConfig,
  inputs: Record<string, Tensor>,
  attrs: Record<string, unknown>,
): Tensor[] {
  if (getGradient(gradient.kernelName) == null) registerGradient(gradient);
  return runKernel(gradient.kernelName, inputs, attrs);
}

/** {@link runFused} of a kernel whose other outputs are for its gradient, which has copies of its own. */
export function firstFused(
  gradient: GradConfig,
  inputs: Record<string, Tensor>,
  attrs: Record<string, unknown>,
): Tensor {
  const [first, ...others] = runFused(gradient, inputs, attrs);
  for (const other of others) other.dispose();
  return first as Tensor;
}

/** Runs a kernel of the active backend; always an array of outputs. */
export function runKernel(
  name: string,
  inputs: Record<string, Tensor>,
  attrs: Record<string, unknown>,
): Tensor[] {
  const out: Tensor | Tensor[] = engine().runKernel(name, inputs, attrs as unknown as NamedAttrMap);
  return Array.isArray(out) ? out : [out];
}

/** Runs a kernel that writes into its inputs and has no output, outside of the tape and the scopes. */
export function runInPlace(
  name: string,
  inputs: Record<string, TensorInfo>,
  attrs: Record<string, unknown>,
): void {
  const kernel = getKernel(name, getBackend());
  if (!kernel) throw new Error(`the backend '${getBackend()}' has no kernel '${name}'`);
  kernel.kernelFunc({
    inputs,
    attrs: attrs as unknown as NamedAttrMap,
    backend: engine().backend,
  });
}
