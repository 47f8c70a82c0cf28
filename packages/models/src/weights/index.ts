export { encodeSafetensors, parseSafetensors, tensorValues } from './safetensors.ts';
export type {
  SafetensorsArray,
  SafetensorsFile,
  SafetensorsTensor,
  SafetensorsValue,
} from './safetensors.ts';
export type { SafetensorsDtype } from './safetensors-header.ts';
export { WeightsError, type WeightsErrorPlace } from './weights-error.ts';
