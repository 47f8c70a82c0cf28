export type {
  Architecture,
  HeadSpec,
  StemSpec,
} from './architecture/architecture.ts';
export { type BatchNormSpec, batchNormSpec } from './architecture/batch-norm-spec.ts';
export type {
  BasicSpec,
  BlockSpec,
  ConvSpec,
  InvertedSpec,
  SeparableSpec,
} from './architecture/block-spec.ts';
export { type BuildOptions, buildModel, buildOptions } from './architecture/build-model.ts';
export {
  architecture,
  createModel,
  type ModelOptions,
  type OwnOptions,
} from './create-model.ts';
export type { PretrainedOptions } from './pretrained/pretrained-options.ts';
export {
  type ArchitectureOptions,
  architectureOptions,
  namedStrides,
  type Strides,
} from './networks/table-options.ts';
export type { MobileNetV2Options } from './networks/mobilenet-v2.ts';
export type { MobileNetV3Options } from './networks/mobilenet-v3.ts';
export { classify, type ClassifyOptions, type Prediction } from './classify/classify.ts';
export type { Pixels } from './classify/pixels.ts';
export { type ModelInfo, modelInfo } from './model-info.ts';
export { listModels, type ModelName, ownOptions } from './registry.ts';
export * from './weights/index.ts';
export { type LayerCost, type ModelCost, modelCost } from './cost/model-cost.ts';
export {
  type SeparableCost,
  type SeparableCostOptions,
  separableCost,
} from './cost/separable-cost.ts';
export { type Feature, featureInfo } from './features/feature-info.ts';
export { featureModel, forwardFeatures } from './features/feature-model.ts';
export { foldBatchNorm } from './transfer/fold-batch-norm.ts';
export { freeze, unfreeze } from './transfer/freeze.ts';
export { resetClassifier, type ResetClassifierOptions } from './transfer/reset-classifier.ts';
