import { dispose } from '@tensorflow/tfjs-core';
import {
  checkModel,
  CompositeBlock,
  ConvolutionBlock,
  isModel,
  registerLayers,
} from '@mnet/layers';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { copyFreezing } from './freeze.ts';
import { ownLayers } from './own-layers.ts';

/**
 * A copy of a model for inference in which every batch normalization of this project's layers is part of the
 * convolution before it: kernel · γ/√(σ² + ε) and bias β − μ · γ/√(σ² + ε). Its outputs equal the model's in inference,
 * to rounding. It has weights of its own; the model stays as it is. Other layers are copied unchanged.
 *
 * Source: Jacob et al. 2018, "Quantization and Training of Neural Networks", section 3.2,
 * https://arxiv.org/abs/1712.05877
 */
export function foldBatchNorm(model: LayersModel): LayersModel {
  checkModel(model);
  registerLayers();
  const config = structuredClone(model.getConfig());
  withoutBatchNorm(config, model);
  const Class = model.constructor as typeof LayersModel;
  const folded = Class.fromConfig(Class, config, {}, true) as LayersModel;
  copyModel(model, folded);
  const metadata = model.getUserDefinedMetadata() as object | undefined;
  if (metadata) folded.setUserDefinedMetadata({ ...metadata });
  return folded;
}

interface ModelConfig {
  layers: { config: Record<string, unknown> & { name: string } }[];
}

/** Asks the rebuilt layers for a bias instead of a batch normalization. */
function withoutBatchNorm(config: unknown, model: LayersModel): void {
  const byName = new Map(ownLayers(model).map((layer) => [layer.name, layer]));
  for (const entry of (config as ModelConfig).layers) {
    const layer = byName.get(entry.config.name);
    if (layer instanceof ConvolutionBlock || layer instanceof CompositeBlock) {
      entry.config.useBn = false;
    } else if (layer && isModel(layer)) {
      withoutBatchNorm(entry.config, layer);
    }
  }
}

function copyModel(from: LayersModel, to: LayersModel): void {
  const byName = new Map(ownLayers(to).map((layer) => [layer.name, layer]));
  for (const layer of ownLayers(from)) copyLayer(layer, byName.get(layer.name) as layers.Layer);
}

function copyLayer(from: layers.Layer, to: layers.Layer): void {
  if (isModel(from)) {
    copyModel(from, to as LayersModel);
  } else if (from instanceof ConvolutionBlock) {
    const { kernel, bias } = from.foldedWeights();
    to.setWeights([kernel, bias]);
    dispose([kernel, bias]);
  } else if (from instanceof CompositeBlock) {
    const parts = (to as CompositeBlock).sublayers;
    from.sublayers.forEach((part, index) => copyLayer(part, parts[index] as layers.Layer));
  } else {
    to.setWeights(from.getWeights());
    copyFreezing(from, to);
  }
}
