export type { SafetensorsDtype } from './dtype.ts';
export {
  encodeSafetensors,
  type SafetensorsArray,
  type SafetensorsBytes,
  safetensorsParts,
  type SafetensorsValue,
} from './encode.ts';
export { quote, SafetensorsError } from './error.ts';
export { parseSafetensors, type SafetensorsFile, type SafetensorsTensor } from './parse.ts';
export { tensorValues } from './values.ts';
