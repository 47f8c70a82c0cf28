import type { Shape } from '@tensorflow/tfjs-layers';

/**
 * A layer that can say what it costs. Every layer of this package does, and a layer of yours may, so that cost
 * counters need no table of class names.
 */
export interface CostedLayer {
  /**
   * Multiply-accumulates of convolutions and dense products for one example.
   *
   * @param inputShape [batch, ...], its batch ignored
   * @returns an integer, or null where the shape is not known
   */
  countMacs(inputShape: Shape): number | null;
}
