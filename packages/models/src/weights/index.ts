export {
  type DownloadProgress,
  readSafetensors,
  type ReadSafetensorsOptions,
} from './read-safetensors.ts';
// The format itself is of @mnet/core; these are what a file that was read is used with.
export {
  encodeSafetensors,
  parseSafetensors,
  type SafetensorsArray,
  type SafetensorsDtype,
  SafetensorsError,
  type SafetensorsFile,
  type SafetensorsTensor,
  type SafetensorsValue,
  tensorValues,
} from '@mnet/core/safetensors';
export type { HuggingFaceFile, WeightsSource } from './source.ts';
export { WeightsError, type WeightsErrorCode, type WeightsErrorPlace } from './weights-error.ts';
export { loadWeights, type LoadWeightsOptions, type LoadWeightsReport } from './load-weights.ts';
export { encodeWeights, saveWeights, type SaveWeightsOptions } from './save-weights.ts';
export {
  weightNames,
  type WeightsFormat,
  weightsFormats,
} from './weight-map.ts';
export type { WeightMapEntry } from './mapped-weight.ts';
export type { Layout } from './layout.ts';
