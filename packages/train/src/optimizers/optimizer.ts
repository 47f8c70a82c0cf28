import { type Tensor, tidy, type Variable, variable, zeros } from '@tensorflow/tfjs-core';
import { readValues, writeValues } from '../variables.ts';
import type { JsonObject } from '../json.ts';

/**
 * An update rule and its settings. It holds no state: one object serves any number of runs, each of which
 * calls `bind` for a state of its own.
 */
export interface Optimizer {
  readonly name: string;
  /** The rate that {@link train} uses where no schedule is given. */
  readonly learningRate: number;
  /** The settings, as a run writes them down. */
  readonly config: JsonObject;
  /** Starts a fresh state for these variables. */
  bind(variables: readonly Variable[]): BoundOptimizer;
}

/** An optimizer's state for one list of variables. */
export interface BoundOptimizer {
  /**
   * Updates the variables in place.
   *
   * @param gradients one for each variable, of its shape; null leaves that variable alone, as in PyTorch
   */
  step(gradients: readonly (Tensor | null)[], learningRate: number): void;
  /** A copy of the state; it can be stored and handed to `setState` of a later process. */
  getState(): Promise<OptimizerState>;
  /** @throws if the state was made by another optimizer or for other variables. */
  setState(state: OptimizerState): Promise<void>;
  /** Frees the state's tensors. */
  dispose(): void;
}

/** The serialisable state of an optimizer. */
export interface OptimizerState {
  /** How many updates were made. */
  readonly steps: number;
  /** For each slot (`velocity`, `firstMoment`, …) the values, one array for each variable. */
  readonly slots: Readonly<Record<string, readonly Float32Array[]>>;
}

/** The values of all slots at the positions that have a gradient. */
export interface Update<Slot extends string> {
  variables: readonly Variable[];
  gradients: readonly Tensor[];
  slots: Readonly<Record<Slot, readonly Variable[]>>;
  /** Each variable's place in the list that was bound. */
  places: readonly number[];
  /** Which update this is, from 1. */
  step: number;
  learningRate: number;
}

/** What sgd and adam share: slots that start at zero, a count of steps, and their serialisation. */
export function bindSlots<Slot extends string>(
  variables: readonly Variable[],
  slotNames: readonly Slot[],
  update: (step: Update<Slot>) => void,
): BoundOptimizer {
  let steps = 0;
  const slots = Object.fromEntries(
    slotNames.map((name) => [
      name,
      variables.map((v) => tidy(() => variable(zeros(v.shape), false))),
    ]),
  ) as Record<Slot, Variable[]>;

  return {
    step(gradients, learningRate): void {
      if (gradients.length !== variables.length) {
        throw new RangeError(
          `gradients: got ${gradients.length}, takes one (or null) for each of the ${variables.length} variables`,
        );
      }
      steps += 1;
      const places = variables.map((_, i) => i).filter((i) => gradients[i] != null);
      const pick = <T>(list: readonly T[]): T[] => places.map((i) => list[i] as T);
      update({
        variables: pick(variables),
        gradients: pick(gradients) as Tensor[],
        slots: Object.fromEntries(slotNames.map((name) => [name, pick(slots[name])])) as Record<
          Slot,
          Variable[]
        >,
        places,
        step: steps,
        learningRate,
      });
    },
    async getState(): Promise<OptimizerState> {
      const entries: [string, Float32Array[]][] = [];
      for (const name of slotNames) entries.push([name, await readValues(slots[name])]);
      return { steps, slots: Object.fromEntries(entries) };
    },
    async setState(state): Promise<void> {
      const given = Object.keys(state.slots).toSorted().join(', ');
      const wanted = slotNames.toSorted().join(', ');
      if (given !== wanted) {
        throw new Error(
          `optimizer state: got the slots [${given}], takes [${wanted}]; it was made by an optimizer with other settings`,
        );
      }
      for (const name of slotNames) {
        writeValues(slots[name], state.slots[name] as readonly Float32Array[], `slot '${name}'`);
      }
      steps = state.steps;
    },
    dispose(): void {
      for (const name of slotNames) for (const slot of slots[name]) slot.dispose();
    },
  };
}
