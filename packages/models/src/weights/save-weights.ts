import { classifierInfo } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { nodeModules, writeWhole } from '@mnet/core/files';
import { choice, type Given, optional, options, resolve } from '@mnet/core/options';
import {
  encodeSafetensors,
  type SafetensorsBytes,
  type SafetensorsValue,
} from '@mnet/core/safetensors';
import { gammaForEpsilon } from './epsilon.ts';
import { toFileOrder } from './layout.ts';
import type { MappedWeight, WeightMap } from './mapped-weight.ts';
import { weightMap, weightsFormats } from './weight-map.ts';

const saveWeightsOptions = options({
  /** How tensors are named and laid out; default `mnet`. */
  format: optional(choice(weightsFormats), 'mnet'),
});

/** Options of {@link saveWeights} and {@link encodeWeights}. */
export interface SaveWeightsOptions extends Given<typeof saveWeightsOptions> {}

/**
 * Writes a model's weights as a safetensors file, to a temporary name first, so that the file is there whole or not
 * at all; missing folders are made. With `torchvision` or `timm`, the file loads in PyTorch with
 * `model.load_state_dict(safetensors.torch.load_file(path), strict=True)`.
 *
 * @param path path or file: URL
 * @throws if the format does not know the model's network, two weights have one name, or the file cannot be written
 */
export async function saveWeights(
  model: LayersModel,
  path: string | URL,
  given: SaveWeightsOptions = {},
): Promise<void> {
  if (!(path instanceof URL && path.protocol === 'file:') && !(typeof path === 'string' && path)) {
    throw new TypeError(`path: got ${String(path)}, takes a path or a file: URL`);
  }
  const { url } = nodeModules('saveWeights', 'take the bytes of encodeWeights instead');
  const file = path instanceof URL ? url.fileURLToPath(path) : path;
  await writeWhole(file, await encodeWeights(model, given));
}

/**
 * A model's weights as the bytes of a safetensors file; what {@link saveWeights} writes. Its metadata has the network's
 * name and, as JSON under `classifier`, what `setClassifierInfo` noted on the model; in the format `mnet` also, under `layers`,
 * the activation, the padding and the epsilon of each layer with weights, which {@link loadWeights} compares.
 * @throws if the format does not know the model's network, or two weights have one name
 */
export async function encodeWeights(
  model: LayersModel,
  given: SaveWeightsOptions = {},
): Promise<SafetensorsBytes> {
  const { format } = resolve(saveWeightsOptions, given, 'saveWeights');
  const { network, weights, counters, layers } = weightMap(model, format);
  const read = new Map<string, Float32Array>();
  for (const { tensor, variable } of weights) {
    read.set(tensor, (await variable.read().data()) as Float32Array);
  }
  const tensors = new Map<string, SafetensorsValue>();
  for (const weight of weights) {
    const values = fileValues(weight, read);
    tensors.set(weight.tensor, { shape: weight.shape, values });
  }
  // PyTorch counts batches there; no count is kept here, and none is used while the momentum is a number.
  for (const name of counters) tensors.set(name, { shape: [], values: BigInt64Array.of(0n) });
  const classifier = classifierInfo(model);
  const metadata = {
    format: format === 'mnet' ? 'mnet' : 'pt',
    network,
    ...(classifier && { classifier: JSON.stringify(classifier) }),
    ...(layers.length > 0 && { layers: settingsText(layers) }),
  };
  return encodeSafetensors(tensors, new Map(Object.entries(metadata)));
}

/** Activation, padding and epsilon by the layers' names, as JSON; a layer that has none is left out. */
function settingsText(layers: WeightMap['layers']): string {
  const said = layers.filter(({ settings }) => Object.keys(settings).length > 0);
  return JSON.stringify(Object.fromEntries(said.map(({ name, settings }) => [name, settings])));
}

/** A weight's values in the file's order and for the file's epsilon. */
function fileValues(weight: MappedWeight, read: ReadonlyMap<string, Float32Array>): Float32Array {
  const values = read.get(weight.tensor)!;
  const { normalization } = weight;
  if (normalization) {
    const { variance, modelEpsilon, fileEpsilon } = normalization;
    return gammaForEpsilon(values, read.get(variance)!, modelEpsilon, fileEpsilon);
  }
  return toFileOrder(values, weight.layout, weight.variable.shape.map(Number));
}
