import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkModel } from '../check-model.ts';

/** What this project keeps in the metadata that tfjs saves with a model: an object under the key `mnet`. */
export type ModelMetadata = Readonly<Record<string, unknown>>;

/** That object; empty where there is none. A loaded file may hold anything in it: check what is read. */
export function modelMetadata(model: LayersModel): ModelMetadata {
  return objectOf((userMetadata(model) as { mnet?: unknown }).mnet);
}

/** Sets keys of it, or removes those that are undefined; whatever else the metadata holds stays. */
export function setModelMetadata(model: LayersModel, entries: ModelMetadata): void {
  const merged = Object.entries({ ...modelMetadata(model), ...entries });
  const mnet = Object.fromEntries(merged.filter(([, value]) => value !== undefined));
  model.setUserDefinedMetadata({ ...userMetadata(model), mnet });
}

function userMetadata(model: LayersModel): object {
  checkModel(model);
  return objectOf(model.getUserDefinedMetadata());
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : {};
}
