import {
  type LayersModel,
  LayersModel as LayersModelClass,
  type layers,
  Sequential,
  type Shape,
} from '@tensorflow/tfjs-layers';
import { checkModel } from '../check-model.ts';
import { refuseOtherCopy } from '../other-copy.ts';

/** One use of a layer in a graph. */
export type GraphNode = layers.Layer['inboundNodes'][number];

/** Whether a layer is a model nested in another one. */
export function isModel(layer: layers.Layer): layer is LayersModel {
  return layer instanceof LayersModelClass;
}

/** The layers of a model in the order of its graph. */
export function modelLayers(model: LayersModel): layers.Layer[] {
  return graphOf(model).layers;
}

/** The uses of a layer within this model: a layer may also be part of other models. */
export function nodesIn(model: LayersModel, layer: layers.Layer): GraphNode[] {
  const { containerNodes } = graphOf(model);
  return layer.inboundNodes.filter((_, index) => containerNodes.has(`${layer.name}_ib-${index}`));
}

/** The shapes of what goes into one use of a layer. */
export function inputShapes(node: GraphNode): Shape[] {
  return node.inputTensors.map(({ shape }) => shape);
}

/** The shapes of what comes out of one use of a layer. */
export function outputShapes(node: GraphNode): Shape[] {
  return node.outputTensors.map(({ shape }) => shape);
}

/** A sequential model keeps its graph in a model of its own, which it makes when it is built. */
function graphOf(model: LayersModel): LayersModel {
  checkModel(model);
  // Models that are nested in it could not be told from layers.
  if (!isModel(model)) refuseOtherCopy('model', `the model '${(model as LayersModel).name}'`);
  if (!(model instanceof Sequential)) return model;
  if (model.outputs.length === 0) {
    throw new Error(
      `model: got the sequential model '${model.name}' before it is built; give its first layer an inputShape`,
    );
  }
  const holder = model as unknown as { model?: LayersModel };
  if (!holder.model) model.build();
  return holder.model as LayersModel;
}
