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
