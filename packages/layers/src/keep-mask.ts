import { deriveSeed, Random } from '@mnet/core/random';

/**
 * What a dropping layer multiplies with at one call: 0 with probability `rate`, and 1 / (1 − rate) otherwise. A function of
 * its arguments alone.
 *
 * @param call the training's step, or the layer's own count of its training calls, from 0
 */
export function keepMask(rate: number, seed: number, call: number, length: number): Float32Array {
  const random = Random.ofSeed(deriveSeed(seed, String(call)));
  const mask = new Float32Array(length);
  const kept = 1 / (1 - rate);
  for (let i = 0; i < length; i++) mask[i] = random.uniform() < rate ? 0 : kept;
  return mask;
}
