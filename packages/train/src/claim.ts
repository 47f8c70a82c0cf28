import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Objective } from './objectives/objective.ts';
import { variablesOf } from './variables.ts';

/** Weights that are being trained, and objectives that hold what belongs to one training. */
const inUse = new WeakSet<object>();

/** Keeps others from training the same weights, until what it returns is called. */
export function claim(model: LayersModel, objective: Objective): () => void {
  const { trainable } = variablesOf(model);
  if (trainable.some((variable) => inUse.has(variable))) {
    throw new Error(
      `model: '${model.name}' or a part of it is being trained already; await that training first`,
    );
  }
  if (inUse.has(objective)) {
    throw new Error(
      `objective: '${objective.name}' is in use by another training; await that first, or make another one`,
    );
  }
  const claimed = [...trainable, ...(objective.setup ? [objective] : [])];
  for (const each of claimed) inUse.add(each);
  return () => {
    for (const each of claimed) inUse.delete(each);
  };
}
