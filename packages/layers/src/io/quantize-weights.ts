import type { io } from '@tensorflow/tfjs-core';
import { float32ToFloat16 } from './float16.ts';
import { weightBytes } from './model-json.ts';

/** How the numbers of kernels are stored. Loading makes float32 of them again. */
export type StoredDtype = 'float32' | 'float16' | 'uint16' | 'uint8';

/** Weights as a file holds them. */
export interface StoredWeights {
  readonly specs: io.WeightsManifestEntry[];
  // A Uint8Array<ArrayBuffer>, as TypeScript before 5.7 takes it too.
  readonly bytes: ReturnType<Uint8ArrayConstructor['of']>;
}

/**
 * Stores the kernels, that is float32 weights of rank 2 and more, in a narrower form that tfjs reads: `quantization` of
 * its weights manifest. All else, such as biases and the statistics of batch normalization, stays as it is: it is little,
 * and one number of it moves a whole channel.
 *
 * @param bytes the values of all weights, one after the other
 * @throws RangeError, naming the weight, where it holds a number that the form cannot
 *
 * Source of the whole numbers: Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference", section 2.1 and equations 11 to 13, https://arxiv.org/abs/1712.05877; one range a weight.
 */
export function quantizeWeights(
  specs: readonly io.WeightsManifestEntry[],
  bytes: StoredWeights['bytes'],
  dtype: StoredDtype,
): StoredWeights {
  if (dtype === 'float32') return { specs: [...specs], bytes };
  let at = 0;
  const stored = specs.map((spec) => {
    // Strings tell their length within the bytes; no layer has any.
    const size = weightBytes(spec, (what) => new TypeError(`${spec.name}${what}`)) ?? 0;
    const own = bytes.slice(at, (at += size));
    const isKernel = spec.dtype === 'float32' && spec.shape.length >= 2;
    return isKernel ? store(spec, new Float32Array(own.buffer), dtype) : { spec, content: own };
  });
  const total = new Uint8Array(stored.reduce((sum, { content }) => sum + content.length, 0));
  let end = 0;
  for (const { content } of stored) {
    total.set(content, end);
    end += content.length;
  }
  return { specs: stored.map(({ spec }) => spec), bytes: total };
}

function store(
  spec: io.WeightsManifestEntry,
  values: Float32Array,
  dtype: Exclude<StoredDtype, 'float32'>,
): { spec: io.WeightsManifestEntry; content: Uint8Array } {
  const bound = dtype === 'float16' ? 65504 : Number.MAX_VALUE;
  const wrong = values.find((value) => !(Math.abs(value) <= bound));
  if (wrong !== undefined) {
    throw new RangeError(
      `dtype: got ${dtype} with ${wrong} in the weight '${spec.name}', takes ${dtype === 'float16' ? 'numbers from -65504 to 65504' : 'finite numbers'}; save it as float32`,
    );
  }
  if (dtype === 'float16') {
    const { buffer } = float32ToFloat16(values);
    return { spec: { ...spec, quantization: { dtype } }, content: new Uint8Array(buffer) };
  }
  const { zero, scale, most } = affineRange(values, dtype);
  const whole = dtype === 'uint8' ? new Uint8Array(values.length) : new Uint16Array(values.length);
  values.forEach((value, i) => {
    whole[i] = Math.min(most, Math.max(0, Math.round(value / scale) + zero));
  });
  const quantization = { dtype, min: -zero * scale, scale };
  return { spec: { ...spec, quantization }, content: new Uint8Array(whole.buffer) };
}

/** By which a value is `(whole − zero) · scale`, with whole numbers up to `most`: 0 stays 0. */
function affineRange(
  values: Float32Array,
  dtype: 'uint8' | 'uint16',
): { zero: number; scale: number; most: number } {
  const most = dtype === 'uint8' ? 2 ** 8 - 1 : 2 ** 16 - 1;
  let [low, high] = [0, 0];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? (high - low) / most : 1;
  return { zero: Math.round(-low / scale), scale, most };
}
