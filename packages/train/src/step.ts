import {
  add,
  argMax,
  cast,
  dispose,
  equal,
  keep,
  type Scalar,
  stack,
  sum,
  type Tensor1D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { valueAndGradients } from '@mnet/ops';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Objective, ObjectiveContext } from './objectives/objective.ts';
import type { BoundOptimizer } from './optimizers/optimizer.ts';

/** What one step leaves to be read. */
export interface StepOutcome {
  /** float32 [2 + terms]: loss, number of images recognised, the loss's terms. */
  readonly figures: Tensor1D;
  /** Names of the terms, in the order of `figures`. */
  readonly terms: readonly string[];
}

/** One gradient step: forward, backward, update. Nothing is read back, so a device may run ahead of the host. */
export function trainStep(
  objective: Objective,
  context: Omit<ObjectiveContext, 'prepared'>,
  variables: readonly Variable[],
  optimizer: BoundOptimizer,
  learningRate: number,
): StepOutcome {
  const prepared = tidy(() => objective.prepare?.(context) ?? {});
  try {
    let outcome: StepOutcome | undefined;
    tidy(() => {
      const compute = (): Scalar => {
        const { loss, logits, terms = {} } = objective.compute({ ...context, prepared });
        const total = addRegularization(loss, context.model);
        const hits = equal(argMax(logits, 1), context.batch.labels);
        const figures = [total, sum(cast(hits, 'float32')), ...Object.values(terms)];
        outcome = { figures: keep(stack(figures) as Tensor1D), terms: Object.keys(terms) };
        return total;
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
