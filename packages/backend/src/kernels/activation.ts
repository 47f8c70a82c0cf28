import type { Activation } from '@mnet/ops';
import { activation } from '../generated/commands.ts';

/** The activations' codes. */
export const activationCode: Record<Activation, number> = activation;

/** The code of a tfjs fused kernel's activation; undefined where we have none. */
export function fusedActivationCode(name: unknown): number | undefined {
  if (name === undefined || name === null) return 0;
  return name === 'linear' || name === 'relu' || name === 'relu6'
    ? activationCode[name]
    : undefined;
}
