import { util } from '@tensorflow/tfjs-core';
import {
  countValues,
  type GraphNode,
  isModel,
  layerWeights,
  modelLayers,
  nodesIn,
  outputShapes,
} from '@mnet/layers';
import type { LayersModel, layers, LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { countLayerMacs } from './layer-macs.ts';

/** What one layer costs. */
export interface LayerCost {
  /** The layer's name; within a nested model `model/layer`. */
  name: string;
  className: string;
  /** [batch, ...] of its first use; null where a length is not known. */
  outputShape: Shape;
  /** Weights that training changes, whether frozen at the moment or not. */
  params: number;
  /** Weights that training does not change by gradients, such as moving statistics. */
  nonTrainableParams: number;
  /** Multiply-accumulates for one example over all uses of the layer; null where they could not be counted. */
  macs: number | null;
}

/** What a model costs. */
export interface ModelCost {
  /** Weights that training changes, frozen ones included; a shared layer's count once. */
  params: number;
  /** Weights that training does not change by gradients, such as moving statistics. */
  nonTrainableParams: number;
  /** Multiply-accumulates of convolutions and dense products for one example, over the layers that could be counted. */
  macs: number;
  /** Memory of all weights in bytes, 4 for a float32. */
  bytes: number;
  /** Every layer, those of nested models one by one. */
  layers: LayerCost[];
  /** The layers whose multiply-accumulates are missing in `macs`, and why. */
  uncounted: { name: string; className: string; reason: string }[];
}

/**
 * Counts parameters, multiply-accumulates and bytes of any tfjs layers model, from shapes alone: nothing is run.
 *
 * A multiply-accumulate is one product with its addition in a convolution or a dense product. Normalization,
 * activations, pooling and additions count as none, as in the MobileNet papers. Layers of other packages are counted
 * when they have a method `countMacs(inputShape)`, and are listed under `uncounted` otherwise.
 *
 * @throws if the model is not built, as a sequential model without an input shape.
 */
export function modelCost(model: LayersModel): ModelCost {
  const cost: ModelCost = {
    params: 0,
    nonTrainableParams: 0,
    macs: 0,
    bytes: 0,
    layers: [],
    uncounted: [],
  };
  addModel(cost, model, '', 1, new Set());
  return cost;
}

function addModel(
  cost: ModelCost,
  model: LayersModel,
  prefix: string,
  uses: number,
  seen: Set<number>,
): void {
  for (const layer of modelLayers(model)) {
    const nodes = nodesIn(model, layer);
    const name = prefix + layer.name;
    if (isModel(layer)) addModel(cost, layer, `${name}/`, uses * nodes.length, seen);
    else addLayer(cost, layer, name, uses, nodes, seen);
  }
}

function addLayer(
  cost: ModelCost,
  layer: layers.Layer,
  name: string,
  uses: number,
  nodes: GraphNode[],
  seen: Set<number>,
): void {
  const className = layer.getClassName();
  const fresh = (weights: readonly LayerVariable[]): LayerVariable[] =>
    weights.filter(({ id }) => !seen.has(id) && seen.add(id));
  const { trained, untrained } = layerWeights(layer);
  const params = fresh(trained);
  const rest = fresh(untrained);
  let macs: number | null = 0;
  for (const node of nodes) {
    const counted = countLayerMacs(layer, node);
    if (typeof counted === 'number') {
      macs += counted * uses;
      continue;
    }
    cost.uncounted.push({ name, className, reason: counted.reason });
    macs = null;
    break;
  }
  const entry: LayerCost = {
    name,
    className,
    outputShape: nodes[0] ? (outputShapes(nodes[0])[0] ?? []) : [],
    params: countValues(params),
    nonTrainableParams: countValues(rest),
    macs,
  };
  cost.layers.push(entry);
  cost.params += entry.params;
  cost.nonTrainableParams += entry.nonTrainableParams;
  cost.macs += macs ?? 0;
  for (const weight of [...params, ...rest]) {
    cost.bytes += countValues([weight]) * util.bytesPerElement(weight.dtype);
  }
}
