import { quote } from '@mnet/core/safetensors';
import type { layers } from '@tensorflow/tfjs-layers';
import { few } from './few.ts';

const keys = ['activation', 'padding', 'epsilon'] as const;

/** What a layer does with its weights, beside what their shapes say; what it has not is left out. */
export type LayerSettings = { readonly [Key in (typeof keys)[number]]?: string | number };

/** A layer's settings, from its config. */
export function layerSettings(layer: layers.Layer): LayerSettings {
  const { useBn, epsilon, ...config } = configOf(layer);
  return soundSettings({ ...config, ...(useBn !== false && { epsilon }) });
}

/** A layer of a user's may have no config, and needs none for its weights to be saved. */
function configOf(layer: layers.Layer): Record<string, unknown> {
  try {
    return layer.getConfig();
  } catch {
    return {};
  }
}

/** The settings in what may be anything. */
function soundSettings(given: unknown): LayerSettings {
  const values = (given ?? {}) as Record<string, unknown>;
  const sound = keys
    .map((key) => [key, values[key]] as const)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return Object.fromEntries(sound);
}

/**
 * Where layers of a model do something else than those of a file by the same names; layers and settings that one of the
 * two lacks are not compared.
 *
 * @param inFile settings by the layers' names; may be anything
 */
export function settingDifferences(
  inFile: unknown,
  inModel: readonly { readonly name: string; readonly settings: LayerSettings }[],
): string[] {
  const file = new Map(Object.entries(inFile ?? {}));
  const places = new Map<string, string[]>();
  for (const { name, settings } of inModel) {
    const theirs = soundSettings(file.get(name));
    for (const key of keys) {
      const [wanted, own] = [theirs[key], settings[key]];
      if (wanted === undefined || own === undefined || wanted === own) continue;
      const what = `the file's ${key} is ${words(wanted)}, the model's ${words(own)}`;
      places.set(what, [...(places.get(what) ?? []), name]);
    }
  }
  return Array.from(places, ([what, names]) => `${what} in ${few(names)}`);
}

function words(value: string | number): string {
  return typeof value === 'string' ? quote(value) : String(value);
}
