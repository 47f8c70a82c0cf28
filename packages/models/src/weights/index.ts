export type { DownloadProgress } from './download.ts';
export { readSafetensors, type ReadSafetensorsOptions } from './read-safetensors.ts';
export { encodeSafetensors, parseSafetensors, tensorValues } from './safetensors.ts';
export type {
  SafetensorsArray,
  SafetensorsFile,
  SafetensorsTensor,
  SafetensorsValue,
} from './safetensors.ts';
export type { SafetensorsDtype } from './safetensors-header.ts';
export type { HuggingFaceFile, WeightsSource } from './source.ts';
export { WeightsError, type WeightsErrorPlace } from './weights-error.ts';
export { loadWeights, type LoadWeightsOptions, type LoadWeightsReport } from './load-weights.ts';
export { encodeWeights, saveWeights, type SaveWeightsOptions } from './save-weights.ts';
export {
  weightNames,
  type WeightMapEntry,
  type WeightsFormat,
  weightsFormats,
} from './weight-map.ts';
export type { Layout } from './layout.ts';
