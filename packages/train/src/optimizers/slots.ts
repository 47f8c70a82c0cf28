import type { UpdateOptions } from '@mnet/ops';
import {
  type Scalar,
  type Tensor,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { readValues, writeValues } from '../variables.ts';
import type { Coefficients } from './groups.ts';
import { type BoundOptimizer, checkGradients, type OptimizerState } from './optimizer.ts';

/** What an update rule is given: everything at the positions that have a gradient. */
export interface Update<Slot extends string> {
  readonly variables: readonly Variable[];
  readonly gradients: readonly Tensor[];
  readonly slots: Readonly<Record<Slot, readonly Variable[]>>;
  /** Which update this is, from 1. */
  readonly step: number;
  /** What every step of `@mnet/ops` takes: rates and decays, one for each variable, and the gradients' scale. */
  readonly shared: UpdateOptions & {
    readonly rateFactors: readonly number[];
    readonly weightDecay: readonly number[];
  };
}

/** What the update rules share: slots that start at zero, a count of steps, and their serialisation. */
export function bindSlots<Slot extends string>(
  variables: readonly Variable[],
  slotNames: readonly Slot[],
  coefficients: Coefficients,
  update: (step: Update<Slot>) => void,
): BoundOptimizer {
  const { rateFactors, decays } = coefficients;
  let steps = 0;
  const slots = zeroSlots(variables, slotNames);

  function stepScaled(
    gradients: readonly (Tensor | null)[],
    learningRate: number,
    scale: Scalar | undefined,
  ): void {
    checkGradients(gradients, variables);
    steps += 1;
    const places = variables.map((_, i) => i).filter((i) => gradients[i] != null);
    const pick = <T>(list: readonly T[]): T[] => places.map((i) => list[i] as T);
    const picked = slotNames.map((name) => [name, pick(slots[name])] as const);
    update({
      variables: pick(variables),
      gradients: pick(gradients) as Tensor[],
      slots: Object.fromEntries(picked) as Record<Slot, Variable[]>,
      step: steps,
      shared: {
        learningRate,
        rateFactors: pick(rateFactors),
        weightDecay: pick(decays),
        ...(scale && { gradientScale: scale }),
      },
    });
  }

  return {
    get updates() {
      return steps;
    },
    coefficients,
    step: (gradients, learningRate) => stepScaled(gradients, learningRate, undefined),
    stepScaled,
    async getState(): Promise<OptimizerState> {
      return { steps, slots: await readSlots(slots) };
    },
    async setState(state): Promise<void> {
      writeSlots(slots, state);
      steps = state.steps;
    },
    dispose: () => disposeSlots(slots),
  };
}

/** Variables that begin at zero, one for each variable and slot. */
export function zeroSlots<Slot extends string>(
  variables: readonly Variable[],
  names: readonly Slot[],
): Record<Slot, Variable[]> {
  const entries = names.map((name) => [
    name,
    variables.map((v) => tidy(() => variable(zeros(v.shape), false))),
  ]);
  return Object.fromEntries(entries) as Record<Slot, Variable[]>;
}

/** Copies of the values of all slots. */
export async function readSlots(
  slots: Readonly<Record<string, readonly Variable[]>>,
): Promise<Record<string, Float32Array[]>> {
  const entries: [string, Float32Array[]][] = [];
  for (const [name, list] of Object.entries(slots)) entries.push([name, await readValues(list)]);
  return Object.fromEntries(entries);
}

/** @throws if the state has other slots, or values for other variables. */
export function writeSlots(
  slots: Readonly<Record<string, readonly Variable[]>>,
  state: OptimizerState,
): void {
  const given = Object.keys(state.slots).toSorted().join(', ');
  const wanted = Object.keys(slots).toSorted().join(', ');
  if (given !== wanted) {
    throw new Error(
      `optimizer state: got the slots [${given}], takes [${wanted}]; it was made by an optimizer with other settings`,
    );
  }
  for (const [name, list] of Object.entries(slots)) {
    writeValues(list, state.slots[name] as readonly Float32Array[], `slot '${name}'`);
  }
}

/** Frees the variables of all slots. */
export function disposeSlots(slots: Readonly<Record<string, readonly Variable[]>>): void {
  for (const list of Object.values(slots)) for (const slot of list) slot.dispose();
}
