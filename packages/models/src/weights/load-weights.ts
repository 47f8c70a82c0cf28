import { type ClassifierInfo, parseClassifierInfo, setClassifierInfo } from '@mnet/layers';
import { tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  boolean,
  choice,
  type Given,
  integer,
  optional,
  options,
  resolve,
} from '@mnet/core/options';
import { quote, type SafetensorsFile, tensorValues } from '@mnet/core/safetensors';
import { gammaForEpsilon } from './epsilon.ts';
import { toModelOrder } from './layout.ts';
import { readOptions, readSource } from './read-safetensors.ts';
import type { WeightsSource } from './source.ts';
import { few } from './few.ts';
import { settingDifferences } from './layer-settings.ts';
import type { MappedWeight, WeightMap } from './mapped-weight.ts';
import { weightMap, type WeightsFormat, weightsFormats } from './weight-map.ts';
import { WeightsError, weightsError } from './weights-error.ts';

const loadWeightsOptions = options({
  /** How the file names its tensors; default `mnet`. */
  format: optional(choice(weightsFormats), 'mnet'),
  /**
   * Leave the classifier as it is and the file's unread, which then may be for other classes. Without it, a file
   * for another number of classes is an error; default false.
   */
  resetClassifier: optional(boolean(), false),
  /**
   * Whether a missing tensor, one too many, or a model that computes otherwise is an error: than the library's, or than
   * a file of the format `mnet` says by each layer's activation, padding and epsilon. Default true. A tensor of another
   * shape always is.
   */
  strict: optional(boolean(), true),
  ...readOptions.fields,
  /** A file of more bytes is refused before it is read; unless given, several times what the model takes. */
  maxBytes: optional(integer({ min: 0 })),
});

/** Options of {@link loadWeights}. */
export interface LoadWeightsOptions extends Given<typeof loadWeightsOptions> {}

/** What {@link loadWeights} did. Tensors go by their names in the file. */
export interface LoadWeightsReport {
  /** Path, URL or cached path that was read. */
  readonly file: string;
  /** Tensors that were loaded. */
  readonly loaded: readonly string[];
  /** Tensors of the classifier that were left out by `resetClassifier`. */
  readonly reset: readonly string[];
  /** Tensors that the model wants and the file lacks; empty when strict. */
  readonly missing: readonly string[];
  /** Tensors that the file has and the model does not want; empty when strict. */
  readonly unexpected: readonly string[];
  /** Where the model computes otherwise than the network that the weights are of; empty when strict. */
  readonly differences: readonly string[];
}

/**
 * Loads weights from a safetensors file into a model. Every tensor is checked before the first weight changes.
 * A batch normalization whose epsilon is not the library's gets the gamma with which it computes the same. Where the file
 * says how pictures become its network's input, and names its classes, the model carries that from then on.
 *
 * @param model the model; for `torchvision` and `timm` one of {@link createModel}'s
 * @param source bytes, a path, a URL or a file on the Hugging Face hub
 * @returns what was loaded and what was left
 * @throws WeightsError where the file cannot be had or does not fit, naming the tensors
 */
export async function loadWeights(
  model: LayersModel,
  source: WeightsSource,
  given: LoadWeightsOptions = {},
): Promise<LoadWeightsReport> {
  const { format, resetClassifier, strict, maxBytes, ...reading } = resolve(
    loadWeightsOptions,
    given,
    'loadWeights',
  );
  const map = weightMap(model, format);
  const content = await readSource(source, {
    ...reading,
    maxBytes: maxBytes ?? defaultLimit(map),
  });
  const fit = compare(map, content, resetClassifier);
  if (fit.misshapen.length > 0 || (strict && fit.misfits.length > 0)) {
    throw misfit(model, map, content, format, fit, resetClassifier);
  }
  const differences = allDifferences(map, content, resetClassifier);
  if (strict && differences.length > 0) {
    throw new WeightsError(
      `is for another network: ${differences.join('; ')}; or load it nevertheless with strict: false`,
      { file: content.file },
    );
  }
  // All values are read, and so checked, before the first is written.
  const values = fit.present.map((weight) => [weight, modelValues(weight, content)] as const);
  for (const [{ variable }, array] of values) {
    const value = tensor(array, variable.shape.map(Number));
    variable.write(value);
    value.dispose();
  }
  takeClassifierInfo(model, content, fit.reset.length > 0);
  return {
    file: content.file,
    loaded: fit.present.map((weight) => weight.tensor),
    reset: fit.reset,
    missing: fit.missing.map((weight) => weight.tensor),
    unexpected: fit.unexpected,
    differences,
  };
}

/** Where the model computes something else than the network that the file's weights are of. */
function allDifferences(
  { differences, layers }: WeightMap,
  { metadata }: SafetensorsFile,
  resetClassifier: boolean,
): string[] {
  const loaded = layers.filter((layer) => !(resetClassifier && layer.classifier));
  return [...differences, ...settingDifferences(jsonOf(metadata.get('layers')), loaded)];
}

/**
 * Notes on the model what the file says of its pictures and classes, as far as it is sound and the model's; nothing
 * else depends on it. A classifier that was kept has other classes than the file.
 */
function takeClassifierInfo(
  model: LayersModel,
  { metadata }: SafetensorsFile,
  kept: boolean,
): void {
  const info = parseClassifierInfo(jsonOf(metadata.get('classifier')));
  if (!info) return;
  const { classes, shape, ...input } = info;
  const sizes = (model.inputs[0]?.shape ?? []).slice(1).map((size, i) => size ?? shape[i]);
  try {
    setClassifierInfo(model, {
      ...input,
      ...(classes && !kept && { classes }),
      shape: sizes as unknown as ClassifierInfo['shape'],
    });
  } catch {
    // It is of pictures of other channels, or of other classes.
  }
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}

/** Room for double precision, as much again, and a classifier of some ten thousand classes. */
function defaultLimit(map: WeightMap): number {
  const values = map.weights.reduce((sum, { variable }) => sum + variable.read().size, 0);
  return 16 * values + 2 ** 28;
}

interface Fit {
  readonly present: MappedWeight[];
  readonly missing: MappedWeight[];
  readonly misshapen: MappedWeight[];
  readonly unexpected: string[];
  readonly reset: string[];
  /** Names of all that is missing or unexpected. */
  readonly misfits: string[];
}

function compare(map: WeightMap, { tensors }: SafetensorsFile, resetClassifier: boolean): Fit {
  const wanted = map.weights.filter((weight) => !(resetClassifier && weight.classifier));
  const present = wanted.filter((weight) => tensors.has(weight.tensor));
  const missing = wanted.filter((weight) => !tensors.has(weight.tensor));
  const misshapen = present.filter(
    (weight) => tensors.get(weight.tensor)!.shape.join() !== weight.shape.join(),
  );
  const known = new Set([...map.weights.map((weight) => weight.tensor), ...map.counters]);
  const unexpected = [...tensors.keys()].filter((name) => !known.has(name));
  const reset = map.weights
    .filter((weight) => resetClassifier && weight.classifier)
    .map((weight) => weight.tensor);
  const misfits = [...missing.map((weight) => weight.tensor), ...unexpected];
  return { present, missing, misshapen, unexpected, reset, misfits };
}

/** The error that names everything in the file that does not fit, up to a few of each kind. */
function misfit(
  model: LayersModel,
  map: WeightMap,
  content: SafetensorsFile,
  format: WeightsFormat,
  fit: Fit,
  resetClassifier: boolean,
): WeightsError {
  const { file, tensors } = content;
  const dims = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  const faults: string[] = [];
  const fault = (what: string, items: readonly string[]): void => {
    if (items.length === 0) return;
    faults.push(`${what} ${few(items)}`);
  };
  fault(
    'shapes differ:',
    fit.misshapen.map(
      ({ tensor: name, shape }) =>
        `${quote(name)} is ${dims(tensors.get(name)!.shape)}, takes ${dims(shape)}`,
    ),
  );
  fault(
    'missing:',
    fit.missing.map(({ tensor: name, shape }) => `${quote(name)} ${dims(shape)}`),
  );
  fault(
    'not in the model:',
    fit.unexpected.map((name) => `${quote(name)} ${dims(tensors.get(name)!.shape)}`),
  );
  const other = weightsFormats.find(
    (candidate) => candidate !== format && fits(model, candidate, content),
  );
  const advice = [];
  if (other) advice.push(`the names are those of format: '${other}'`);
  const classes = fit.misshapen.filter((weight) => weight.classifier);
  if (classes.length > 0 && !resetClassifier) {
    const [{ tensor: name, shape }] = classes as [MappedWeight];
    const axis = format === 'mnet' ? -1 : 0;
    advice.push(
      `the file is for ${tensors.get(name)!.shape.at(axis)} classes, the model for ${shape.at(axis)}: ` +
        "to keep the model's classifier as it is, write resetClassifier: true",
    );
  }
  const first = fit.misshapen[0]?.tensor ?? fit.misfits[0]!;
  const text = [`does not fit ${map.network} (format: '${format}')`, ...faults, ...advice].join(
    '; ',
  );
  return new WeightsError(text, { file, tensor: first });
}

/** Whether the file's names are all of this format's. */
function fits(model: LayersModel, format: WeightsFormat, { tensors }: SafetensorsFile): boolean {
  try {
    return weightMap(model, format).weights.every((weight) => tensors.has(weight.tensor));
  } catch {
    return false; // The format does not know the model.
  }
}

/** A weight's values from the file, in the model's order and for the model's epsilon. */
function modelValues(weight: MappedWeight, content: SafetensorsFile): Float32Array {
  const values = floats(content, weight.tensor);
  const { normalization } = weight;
  if (normalization && content.tensors.has(normalization.variance)) {
    const { variance, modelEpsilon, fileEpsilon } = normalization;
    return gammaForEpsilon(values, floats(content, variance), fileEpsilon, modelEpsilon);
  }
  return toModelOrder(values, weight.layout, weight.variable.shape.map(Number));
}

function floats(content: SafetensorsFile, name: string): Float32Array {
  const values = valuesOf(content, name);
  if (values instanceof Float32Array) return values;
  throw new WeightsError(
    `dtype ${content.tensors.get(name)!.dtype}, a weight takes F64, F32, F16 or BF16`,
    { file: content.file, tensor: name },
  );
}

function valuesOf(content: SafetensorsFile, name: string): ReturnType<typeof tensorValues> {
  try {
    return tensorValues(content, name);
  } catch (error) {
    throw weightsError(error, content.file);
  }
}
