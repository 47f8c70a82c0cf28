import type { Activation } from '@mnet/ops';

/** The activations' codes, those of kernels/activation.h. */
export const activationCode: Record<Activation, number> = {
  linear: 0,
  relu: 1,
  relu6: 2,
  hardSigmoid: 3,
  hardSwish: 4,
};

/** The code of a tfjs fused kernel's activation; undefined where we have none. */
export function fusedActivationCode(name: unknown): number | undefined {
  if (name === undefined || name === null) return 0;
  return name === 'linear' || name === 'relu' || name === 'relu6'
    ? activationCode[name]
    : undefined;
}
