import { sha256 } from '@mnet/core/files';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { JsonObject, JsonValue } from '../json.ts';
import { readValues, variablesOf } from '../variables.ts';

/** What a network computes, but for its weights. */
export interface ModelTopology {
  /** Each layer's class and the beginning of a digest of its settings, in order. */
  readonly layers: readonly string[];
  /** SHA-256 of all layers' settings and connections, in hexadecimal digits. */
  readonly topology: string;
}

/**
 * Describes a network so that two that compute the same from the same weights are described alike, whichever process
 * built them. Names do not count, as TensorFlow.js makes them up by counting; initializers and their seeds neither, as
 * weights that are there tell more.
 */
export function modelTopology(model: LayersModel): ModelTopology {
  const { config } = JSON.parse(JSON.stringify(model.toJSON(null, false))) as {
    config: JsonObject;
  };
  const listed = layersOf(config);
  const bare = plain(config, new Map()) as JsonObject;
  const layers = layersOf(bare).map((layer, i) => {
    const { class_name: kind } = listed[i] as { class_name?: string };
    return `${kind} ${digest(layer.config ?? null).slice(0, 8)}`;
  });
  return { layers, topology: digest(bare) };
}

/**
 * A digest of a network with its weights: two of one fingerprint give the same outputs.
 *
 * @returns SHA-256 as hexadecimal digits
 */
export async function modelFingerprint(model: LayersModel): Promise<string> {
  const values = await readValues(variablesOf(model).all);
  return sha256([modelTopology(model).topology, ...values.map(bytesOf)]);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function layersOf(config: JsonObject): readonly JsonObject[] {
  return (config.layers ?? []) as readonly JsonObject[];
}

function digest(value: JsonValue): string {
  return sha256([JSON.stringify(value)]);
}

/** Where a serialized network speaks of its layers by name. */
const wiring = ['inbound_nodes', 'input_layers', 'output_layers'];

/** What a serialized layer, its settings or a network have of these, and other objects with a name have not. */
const layerKeys = ['class_name', 'trainable', 'layers', 'batch_input_shape'];

/** A serialized network with its keys in order, its layers by number, and without names and initializers. */
function plain(value: JsonValue, names: ReadonlyMap<JsonValue, string>): JsonValue {
  if (Array.isArray(value)) return value.map((each: JsonValue) => plain(each, names));
  if (typeof value !== 'object' || value === null) return value;
  const object = value as JsonObject;
  const isLayer = layerKeys.some((key) => key in object);
  const inner = Array.isArray(object.layers) ? numbers(layersOf(object)) : names;
  const entries = Object.entries(object)
    .filter(([key]) => !(isLayer && key === 'name') && !startsWeights(key, object))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, wiring.includes(key) ? rename(each, inner) : plain(each, inner)]);
  return Object.fromEntries(entries) as JsonObject;
}

/** A seed decides the first weights alone, but for layers that drop out a share of what they get. */
function startsWeights(key: string, layer: JsonObject): boolean {
  return key.endsWith('_initializer') || (key === 'seed' && !('rate' in layer));
}

function numbers(layers: readonly JsonObject[]): Map<JsonValue, string> {
  return new Map(layers.map(({ name }, i) => [name ?? null, `layer ${i}`]));
}

function rename(value: JsonValue, names: ReadonlyMap<JsonValue, string>): JsonValue {
  if (Array.isArray(value)) return value.map((each: JsonValue) => rename(each, names));
  return names.get(value) ?? value;
}
