import { modelMetadata, setModelMetadata } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What a model made here remembers of its making, also after saving and loading. */
export interface ModelInfo {
  /** Name of the registry's network, or of the table. */
  network: string;
  /**
   * Of {@link createModel}: the options that were given, and the `strides` that were taken; with them it makes its like.
   * Of {@link buildModel}: the builder's options alone, without `strides`; its like takes the same table, which is not
   * noted, and may be another than that of the network whose name it bears.
   */
  options: Readonly<Record<string, unknown>>;
}

/**
 * What {@link createModel} or {@link buildModel} noted on the model; undefined for any other model, and where a loaded
 * file has something else in its place.
 */
export function modelInfo(model: LayersModel): ModelInfo | undefined {
  const { network, options } = modelMetadata(model);
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  if (typeof network !== 'string' || !isObject) return undefined;
  return { network, options: options as ModelInfo['options'] };
}

/** Notes it in the metadata that tfjs saves with a model; options that are undefined count as not given. */
export function setModelInfo(model: LayersModel, { network, options }: ModelInfo): void {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  setModelMetadata(model, { network, options: Object.fromEntries(given) });
}
