import { countHits, valueAndGradients } from '@mnet/ops';
import {
  add,
  dispose,
  keep,
  type Scalar,
  stack,
  type Tensor1D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Objective, ObjectiveContext } from './objectives/objective.ts';
import type { BoundOptimizer } from './optimizers/optimizer.ts';

/** What one step takes beside its objective's context. */
export interface StepInput extends Omit<ObjectiveContext, 'prepared'> {
  readonly objective: Objective;
  /** Those that are trained, the objective's own included. */
  readonly variables: readonly Variable[];
  /** Bound to these variables, in this order. */
  readonly optimizer: BoundOptimizer;
  readonly learningRate: number;
}

/** What one step leaves to be read. */
export interface StepOutcome {
  /** float32 [2 + terms]: loss, number of images recognised, the loss's terms. The caller disposes of it. */
  readonly figures: Tensor1D;
  /** Names of the terms, in the order of `figures`. */
  readonly terms: readonly string[];
}

/**
 * One gradient step: forward, backward, update; the step of {@link train}. Nothing is read back, so a device may run
 * ahead of the host.
 *
 * @throws what the objective, the model and the optimizer throw.
 */
export function trainStep(input: StepInput): StepOutcome {
  const { objective, variables, optimizer, learningRate, ...context } = input;
  const prepared = tidy(() => objective.prepare?.(context) ?? {});
  try {
    let outcome: StepOutcome | undefined;
    tidy(() => {
      const compute = (): Scalar => {
        const value = objective.compute({ ...context, prepared });
        const { logits, terms = {} } = value;
        const loss = addRegularization(value.loss, context.model);
        const hits = value.hits ?? countHits(logits, context.batch.labels);
        const figures = stack([loss, hits, ...Object.values(terms)]) as Tensor1D;
        outcome = { figures: keep(figures), terms: Object.keys(terms) };
        return loss;
      };
      const { gradients } = valueAndGradients(compute, variables, { allowUnreached: true });
      optimizer.step(gradients, learningRate);
    });
    return outcome as unknown as StepOutcome;
  } finally {
    dispose(prepared);
  }
}

/** Adds what the layers' regularizers ask for, as `model.fit` does. */
function addRegularization(loss: Scalar, model: LayersModel): Scalar {
  // A Sequential keeps its layers' nodes in an inner model.
  const { model: inner = model } = model as { model?: LayersModel };
  return inner.calculateLosses().reduce<Scalar>((total, penalty) => add(total, penalty), loss);
}
