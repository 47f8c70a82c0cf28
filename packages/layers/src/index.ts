export { BaseLayer, type CallOptions } from './base-layer.ts';
export { BasicBlock, type BasicBlockOptions, basicBlockOptions } from './basic-block.ts';
export { checkModel } from './check-model.ts';
export { type BlockOptions, blockOptions, CompositeBlock } from './composite-block.ts';
export { CompositeLayer } from './composite-layer.ts';
export { ConvBnAct, type ConvBnActOptions } from './conv-bn-act.ts';
export {
  ConvolutionBlock,
  type ConvolutionOptions,
  convolutionOptions,
  type Normalization,
  type NormalizationOptions,
  normalizationOptions,
} from './convolution-block.ts';
export type { CostedLayer } from './costed-layer.ts';
export { countParameters, countValues, type ParameterCounts } from './counts/count-parameters.ts';
export { type LayerWeights, layerWeights } from './counts/layer-weights.ts';
export { DenseAct, type DenseActOptions, denseActOptions } from './dense-act.ts';
export { DepthwiseConvBnAct, type DepthwiseConvBnActOptions } from './depthwise-conv-bn-act.ts';
export {
  DepthwiseSeparableConv,
  type DepthwiseSeparableConvOptions,
} from './depthwise-separable-conv.ts';
export { dropPathOptions } from './drop-path.ts';
export { GlobalAveragePool } from './global-average-pool.ts';
export type { WeightInitializer } from './initializers.ts';
export {
  InvertedResidual,
  type InvertedResidualOptions,
  invertedResidualOptions,
} from './inverted-residual.ts';
export { checkSavable } from './io/check-savable.ts';
export {
  type ClassifierInfo,
  classifierInfo,
  parseClassifierInfo,
  type ResizeFit,
  setClassifierInfo,
} from './io/classifier-info.ts';
export { type FileSystemOptions, fileSystem, fileSystemOptions } from './io/file-system.ts';
export type { StoredDtype } from './io/quantize-weights.ts';
export { type Fans, type KernelStart, kernelStarts } from './kernel-start.ts';
export { type LayerOptions, resolveLayer } from './layer-options.ts';
export { type ModelMetadata, modelMetadata, setModelMetadata } from './io/model-metadata.ts';
export { makeDivisible } from './make-divisible.ts';
export { MaxPool, type MaxPoolOptions } from './max-pool.ts';
export { outputLength, type Padding, paddings, type Window } from './padding.ts';
export { registerLayers } from './register.ts';
export {
  SeededDropout,
  type SeededDropoutOptions,
  seededDropoutOptions,
} from './seeded-dropout.ts';
export { SqueezeExcite, type SqueezeExciteOptions } from './squeeze-excite.ts';
export {
  type GraphNode,
  inputShapes,
  isModel,
  modelLayers,
  nodesIn,
  outputShapes,
} from './taps/graph.ts';
export { endsInSoftmax, outputLayer } from './taps/output-layer.ts';
export { type RefuseTap, tapOutput } from './taps/tap-output.ts';
export { tapModel, type TappedModel, type TappedOutputs } from './taps/tapped-model.ts';
