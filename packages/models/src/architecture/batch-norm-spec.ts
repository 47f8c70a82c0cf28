import { type Given, optional, options } from '@mnet/core/options';
import { normalizationOptions } from '@mnet/layers';

const { epsilon, momentum } = normalizationOptions.fields;

/** Declares {@link BatchNormSpec}; what is left out is the table's, or the layers' default. */
export const batchNormSpec = options({
  /** Added to the variance, above 0 and at most 1; default 1e-5. */
  epsilon: optional(epsilon.takes),
  /**
   * Weight of the new batch in the moving statistics, from 0 to 1; default 0.1. PyTorch's convention: TensorFlow and
   * Keras write 1 minus it, 0.9 for 0.1.
   */
  momentum: optional(momentum.takes),
});

/** The batch normalization of all layers. */
export interface BatchNormSpec extends Given<typeof batchNormSpec> {}
