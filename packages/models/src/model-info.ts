import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What a model made here remembers of its making, also after saving and loading. */
export interface ModelInfo {
  /** Name of the registry's network, or of the user's architecture. */
  network: string;
  /** The options that were given. */
  options: Readonly<Record<string, unknown>>;
}

/** What {@link createModel} or {@link buildModel} noted on the model, or undefined for any other model. */
export function modelInfo(model: LayersModel): ModelInfo | undefined {
  const metadata = model.getUserDefinedMetadata() as { mnet?: ModelInfo } | undefined;
  return metadata?.mnet;
}

/** Notes it in the metadata that tfjs saves with a model; options that are undefined count as not given. */
export function setModelInfo(model: LayersModel, info: ModelInfo): void {
  const given = Object.entries(info.options).filter(([, value]) => value !== undefined);
  const mnet = { network: info.network, options: Object.fromEntries(given) };
  model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), mnet });
}
