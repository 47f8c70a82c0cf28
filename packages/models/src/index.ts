export type { Architecture, HeadSpec, StemSpec } from './architecture/architecture.ts';
export type {
  BasicSpec,
  BlockSpec,
  ConvSpec,
  InvertedSpec,
  SeparableSpec,
} from './architecture/block-spec.ts';
export { type BuildOptions, buildModel } from './architecture/build-model.ts';
export {
  type ArchitectureOptions,
  architecture,
  createModel,
  type MobileNetV2Options,
  type MobileNetV3Options,
  type ModelOptions,
  type OwnOptions,
} from './create-model.ts';
export { type ModelInfo, modelInfo } from './model-info.ts';
export { listModels, type ModelName } from './registry.ts';
export * from './weights/index.ts';
