import {
  custom,
  type Fields,
  type Options,
  optional,
  options,
  pick,
  type Resolved,
  resolve,
} from '@mnet/core/options';
import type { layers } from '@tensorflow/tfjs-layers';

/** What every tfjs layer takes: name, trainable, inputShape, and so on. */
export type LayerOptions = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** tfjs checks it itself. */
const passedOn = optional(custom<unknown>('what tfjs takes', () => true));

/** `customObjects` is what tfjs adds when it loads a layer. */
const ofEveryLayer = {
  name: passedOn,
  trainable: passedOn,
  inputShape: passedOn,
  batchInputShape: passedOn,
  batchSize: passedOn,
  dtype: passedOn,
  inputDType: passedOn,
  weights: passedOn,
  customObjects: passedOn,
} as const satisfies Record<keyof LayerOptions | 'customObjects', typeof passedOn>;

/**
 * Checks a layer's own options and fills in their defaults. What every tfjs layer takes may stand beside them.
 *
 * @param declared the layer's own
 * @param given what its constructor got
 * @param layer the class's name, for errors
 * @throws TypeError or RangeError as `resolve` of `@mnet/core/options` does
 */
export function resolveLayer<F extends Fields>(
  declared: Options<F>,
  given: LayerOptions,
  layer: string,
): Resolved<Options<F>> {
  const all = options({ ...declared.fields, ...ofEveryLayer });
  return pick(declared, resolve(all, given, layer, `${layer}: `));
}
