import { modelCost } from '@mnet/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { resultBase, type ResultBase } from './result.ts';

/** What a network costs, from its shapes alone. */
export interface CostResult extends ResultBase {
  kind: 'cost';
  /** Weights that training does not change by gradients, such as moving statistics. */
  nonTrainableParams: number;
  /** Memory of all weights in bytes. */
  bytes: number;
}

/**
 * Parameters, multiply-adds and bytes of a network as a benchmark's result, of what `modelCost` of `@mnet/models` counts.
 *
 * @param name in the result; default the model's own
 */
export function measureCost(model: LayersModel, name: string = model.name): CostResult {
  const { nonTrainableParams, bytes } = modelCost(model);
  return { kind: 'cost', ...resultBase(model, name), nonTrainableParams, bytes };
}
