import type { io } from '@tensorflow/tfjs-core';
import { show } from '@mnet/core/check';
import { checkTopology, type Wrong } from './check-topology.ts';

/** The `model.json` that tfjs and its converter write, as far as it is read here. */
export type ModelFile = io.ModelJSON;

/** The content of `model.json` for these artifacts, with their weights in these files in this order. */
export function modelJson(artifacts: io.ModelArtifacts, paths: string[]): ModelFile {
  const { weightData: _, weightSpecs, modelTopology, ...rest } = artifacts;
  return {
    ...rest,
    modelTopology: modelTopology as object,
    weightsManifest: [{ paths, weights: weightSpecs ?? [] }],
  };
}

/**
 * Reads a `model.json` that may hold anything.
 *
 * @param file its path, for errors
 * @throws if it is not JSON, lacks what loading needs, or has a topology that tfjs cannot rebuild.
 */
export function parseModelJson(text: string, file: string): ModelFile {
  let json: Partial<ModelFile> | null;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(
      `${file} is not JSON: ${(cause as Error).message}; save the model again or fetch the file anew`,
      { cause },
    );
  }
  const wrong: Wrong = (what, advice = 'takes a model.json that tfjs saved') =>
    new Error(`${file}: ${what}; ${advice}`);
  if (typeof json !== 'object' || json === null) throw wrong(`got ${show(json)}`);
  if (typeof json.modelTopology !== 'object' || json.modelTopology === null) {
    throw wrong(`modelTopology: got ${show(json.modelTopology)}`);
  }
  if (!Array.isArray(json.weightsManifest)) {
    throw wrong(`weightsManifest: got ${show(json.weightsManifest)}`);
  }
  for (const [index, group] of json.weightsManifest.entries()) {
    const where = `weightsManifest[${index}]`;
    if (!Array.isArray(group?.paths) || group.paths.some((path) => typeof path !== 'string')) {
      throw wrong(`${where}.paths: got ${show(group?.paths)}`);
    }
    if (!Array.isArray(group.weights)) throw wrong(`${where}.weights: got ${show(group.weights)}`);
    for (const [position, weight] of group.weights.entries()) {
      weightBytes(weight, (what) => wrong(`${where}.weights[${position}]${what}`));
    }
  }
  checkTopology(json.modelTopology, wrong);
  return json as ModelFile;
}

const bytesPerValue: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** Bytes that a weight takes in the files, or null for strings, whose length the files alone tell. */
export function weightBytes(
  weight: io.WeightsManifestEntry,
  wrong: (what: string) => Error,
): number | null {
  if (typeof weight?.name !== 'string') throw wrong(`.name: got ${show(weight?.name)}`);
  const { shape } = weight;
  if (!Array.isArray(shape) || shape.some((n) => !Number.isSafeInteger(n) || n < 0)) {
    throw wrong(`.shape: got ${show(shape)}`);
  }
  const stored = storedAs(weight, wrong);
  if (stored === 'string') return null;
  const bytes = Object.hasOwn(bytesPerValue, stored) ? bytesPerValue[stored] : undefined;
  if (bytes === undefined) throw wrong(`.dtype: got ${show(stored)}`);
  const size = shape.reduce((product, length) => product * length, bytes);
  if (!Number.isSafeInteger(size))
    throw wrong(`.shape: got ${show(shape)}, too large for any file`);
  return size;
}

/** The form of a weight's numbers in the files; tfjs makes `dtype` of them, but checks neither `min` nor `scale`. */
function storedAs(weight: io.WeightsManifestEntry, wrong: (what: string) => Error): string {
  const { dtype } = weight;
  if (!('quantization' in weight)) return dtype;
  const quantization: unknown = weight.quantization;
  const given = (quantization ?? {}) as { dtype?: unknown; min?: unknown; scale?: unknown };
  const { dtype: stored, min, scale } = given;
  const takes = stored === 'float16' ? ['float32'] : ['float32', 'int32'];
  if (!['float16', 'uint16', 'uint8'].includes(stored as string) || !takes.includes(dtype)) {
    throw wrong(`.quantization.dtype: got ${show(stored)} of a weight of ${show(dtype)}`);
  }
  if (stored === 'float16') return stored;
  const largest = stored === 'uint8' ? 2 ** 8 - 1 : 2 ** 16 - 1;
  const isNumber = (value: unknown): value is number => Number.isFinite(value);
  if (!isNumber(min) || !isNumber(scale) || !isFloat32(min) || !isFloat32(min + largest * scale)) {
    throw wrong(`.quantization: got min ${show(min)} and scale ${show(scale)}`);
  }
  return stored as string;
}

function isFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}
