import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { JsonObject } from '../json.ts';
import type { Coefficients } from './groups.ts';

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
  /** How many steps of a training make one update; default 1. */
  readonly stepsPerUpdate?: number;
  /** Starts a fresh state for these variables. */
  bind(variables: readonly Variable[]): BoundOptimizer;
}

/** An optimizer's state for one list of variables. */
export interface BoundOptimizer {
  /** How often it has changed the variables. */
  readonly updates: number;
  /**
   * By how much each variable's rate and decay differ. Where it has them, a run is not resumed with others, as of a function
   * that has come to choose other variables.
   */
  readonly coefficients?: Coefficients | undefined;
  /**
   * Updates the variables in place.
   *
   * @param gradients one for each variable, of its shape; null leaves that variable alone, as in PyTorch
   */
  step(gradients: readonly (Tensor | null)[], learningRate: number): void;
  /**
   * `step` with every gradient multiplied by a scalar, in the update's own pass. Where it is left out, {@link chain}
   * multiplies them first.
   */
  stepScaled?(
    gradients: readonly (Tensor | null)[],
    learningRate: number,
    scale: Scalar | undefined,
  ): void;
  /**
   * Forgets what it has gathered of gradients for a later update of these variables, which from now on are left alone.
   * Called at each step with all that are frozen; left out where nothing is gathered.
   *
   * @param places of the variables in the list that it is bound to
   */
  forget?(places: readonly number[]): void;
  /** A copy of the state; it can be stored and handed to `setState` of a later process. */
  getState(): Promise<OptimizerState>;
  /** @throws if the state was made by another optimizer or for other variables. */
  setState(state: OptimizerState): Promise<void>;
  /** Frees the state's tensors. */
  dispose(): void;
}

/** The serialisable state of an optimizer. */
export interface OptimizerState {
  /** How many steps were made. */
  readonly steps: number;
  /** For each slot (`velocity`, `firstMoment`, …) the values, one array for each variable. */
  readonly slots: Readonly<Record<string, readonly Float32Array[]>>;
}

/** Throws unless there is a gradient, or null, for each variable. */
export function checkGradients(
  gradients: readonly (Tensor | null)[],
  variables: readonly Variable[],
): void {
  if (gradients.length !== variables.length) {
    throw new RangeError(
      `gradients: got ${gradients.length}, takes one (or null) for each of the ${variables.length} variables`,
    );
  }
}
