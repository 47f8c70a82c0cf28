import { io } from '@tensorflow/tfjs-core';
import { show } from '@mnet/core/check';
import {
  FileError,
  type FileToWrite,
  nodeModules,
  type NodeModules,
  readWhole,
  sha256,
  sizeOfFile,
  targetOfTemporary,
  writeTogether,
} from '@mnet/core/files';
import {
  choice,
  type Given,
  integer,
  optional,
  options,
  type Resolved,
  resolve,
} from '@mnet/core/options';
import { checkWeightNames } from './check-savable.ts';
import { modelJson, parseModelJson, weightBytes } from './model-json.ts';
import { quantizeWeights, type StoredDtype } from './quantize-weights.ts';

/** Declares {@link FileSystemOptions}. */
export const fileSystemOptions = options({
  /** Largest size of one file of weights in bytes, default 32 MiB. */
  shardBytes: optional(integer({ min: 1 }), 2 ** 25),
  /**
   * How `save` stores the kernels, that is weights of rank 2 and more: `float16` takes half of the bytes, with 11
   * significant bits; `uint16` and `uint8` are whole numbers in even steps over each weight's range. Default `float32`,
   * which alone keeps the bits. tfjs reads all of them, as float32.
   */
  dtype: optional(choice<StoredDtype>(['float32', 'float16', 'uint16', 'uint8']), 'float32'),
});

/** Options of {@link fileSystem}. */
export interface FileSystemOptions extends Given<typeof fileSystemOptions> {}

/**
 * A folder of this machine as tfjs's place for a model: `model.json` and files of weights, the format that tfjs and its
 * converter use, so that a browser can load the same folder over HTTP. tfjs itself has this only with tfjs-node.
 *
 *     await model.save(fileSystem('runs/a/model'));
 *     registerLayers();
 *     const again = await loadLayersModel(fileSystem('runs/a/model'));
 *
 * Saving writes new files beside the old, flushes them to the disk, and makes them the model by renaming one file: a
 * process that dies on the way leaves the model that was there before. Files of weights are named by their SHA-256, and
 * loading checks it.
 *
 * With `dtype` the files are smaller, and what is loaded is near to what was saved, not equal:
 *
 *     await model.save(fileSystem('small', { dtype: 'float16' }));
 *
 * Runs in Node.js; in a browser `save` and `load` fail.
 *
 * @param path a folder, made if it is not there, or the path of a `model.json`
 * @throws if an option is wrong. `save` and `load` reject with an error that names the file.
 */
export function fileSystem(path: string, given: FileSystemOptions = {}): io.IOHandler {
  if (typeof path !== 'string' || path === '') {
    throw new TypeError(`path: got ${show(path)}, takes the path of a folder`);
  }
  const settings = resolve(fileSystemOptions, given, 'fileSystem');
  return {
    save: (artifacts) => save(path, artifacts, settings),
    load: () => load(path),
  };
}

function node(): NodeModules {
  return nodeModules('fileSystem', "in a browser use 'indexeddb://name' or an http address");
}

const shardName = /^weights-([0-9a-f]{16})\.bin$/;
/** No model.json is larger; JavaScript's longest string is twice that. */
const maxJsonBytes = 2 ** 28;

function locate(paths: NodeModules['path'], path: string): { folder: string; file: string } {
  const file = path.endsWith('.json') ? path : paths.join(path, 'model.json');
  return { folder: paths.dirname(file), file };
}

async function save(
  path: string,
  given: io.ModelArtifacts,
  { shardBytes, dtype }: Resolved<typeof fileSystemOptions>,
): Promise<io.SaveResult> {
  const { path: paths } = node();
  const { folder, file } = locate(paths, path);
  if (given.modelTopology instanceof ArrayBuffer) {
    throw new TypeError(
      'model: got a topology in binary form, takes a layers model, as model.save passes it',
    );
  }
  const named = given.weightSpecs ?? [];
  checkWeightNames(
    named.map(({ name }) => name),
    'model',
  );
  const { specs, bytes } = quantizeWeights(
    named,
    new Uint8Array(io.CompositeArrayBuffer.join(given.weightData)),
    dtype,
  );
  const artifacts = { ...given, weightSpecs: specs, weightData: bytes.buffer };
  const before = await textIfAny(file);
  const shards: string[] = [];
  const files: FileToWrite[] = [];
  for (let start = 0; start < bytes.length; start += shardBytes) {
    const content = bytes.subarray(start, start + shardBytes);
    const name = `weights-${sha256([content]).slice(0, 16)}.bin`;
    if (!shards.includes(name)) files.push({ path: paths.join(folder, name), content });
    shards.push(name);
  }
  // The file that refers to the others comes last.
  files.push({ path: file, content: JSON.stringify(modelJson(artifacts, shards)) });
  try {
    await writeTogether(files);
  } catch (cause) {
    await removeStale(folder, shards.join(' ')).catch(() => {});
    throw new Error(`fileSystem: could not save the model as ${file}: ${message(cause)}`, {
      cause,
    });
  }
  await removeStale(folder, before);
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
}

/** Removes the weights that no model of the folder refers to any more, and what killed processes left. */
async function removeStale(folder: string, own: string): Promise<void> {
  const { fsPromises: fs, path: paths } = node();
  const names = await fs.readdir(folder);
  const models = names.filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(models.map((name) => textIfAny(paths.join(folder, name))));
  for (const name of names) {
    const leftOver = /\.(json|bin)$/.test(targetOfTemporary(name) ?? '');
    const unused = shardName.test(name) && !texts.some((text) => text.includes(name));
    if (!leftOver && !unused) continue;
    const file = paths.join(folder, name);
    const { mtimeMs } = await fs.stat(file).catch(() => ({ mtimeMs: Infinity }));
    // What is not of this save or of the model it replaces may be another process's at work, unless it is old.
    if (own.includes(name) || Date.now() - mtimeMs > 3_600_000) {
      await fs.rm(file, { force: true }).catch(() => {});
    }
  }
}

/** A file's text; none where there is no file or it cannot be read. */
async function textIfAny(file: string): Promise<string> {
  return readText(file).catch(() => '');
}

async function readText(file: string): Promise<string> {
  return new TextDecoder().decode(await readWhole(file, maxJsonBytes));
}

async function load(path: string): Promise<io.ModelArtifacts> {
  const { path: paths } = node();
  const { folder, file } = locate(paths, path);
  const text = await readText(file).catch((cause: Error) => {
    throw new Error(
      cause instanceof FileError && cause.code === 'missing'
        ? `fileSystem: there is no ${file}; save a model there with model.save(fileSystem(${show(path)}))`
        : `fileSystem: could not read ${file}: ${message(cause)}`,
      { cause },
    );
  });
  const json = parseModelJson(text, file);
  return io.getModelArtifactsForJSON(json, async (manifest) => {
    const weights: io.WeightsManifestEntry[] = [];
    const buffers: ArrayBuffer[] = [];
    for (const group of manifest) {
      const files = await Promise.all(group.paths.map((name) => inside(folder, name, file)));
      const sizes = await Promise.all(files.map((name) => sizeOf(name, file)));
      const sum = sizes.reduce((a, b) => a + b, 0);
      const expected = group.weights.map((weight) =>
        weightBytes(weight, (what) => new Error(what)),
      );
      const known = expected.reduce<number>((a, b) => a + (b ?? 0), 0);
      if (expected.includes(null) ? sum < known : sum !== known) {
        throw new Error(
          `${group.paths.join(', ')}: got ${sum} bytes, takes ${known} as ${file} says; the files are truncated or of another model: save it again`,
        );
      }
      const joined = allocate(sum, file);
      let at = 0;
      for (const [index, name] of files.entries()) {
        const bytes = await readWeights(name);
        checkDigest(bytes, group.paths[index] as string, name);
        joined.set(bytes, at);
        at += bytes.length;
      }
      buffers.push(joined.buffer);
      weights.push(...group.weights);
    }
    return [weights, io.CompositeArrayBuffer.join(buffers)];
  });
}

async function readWeights(file: string): Promise<Uint8Array> {
  return readWhole(file, Number.MAX_SAFE_INTEGER).catch((cause: Error) => {
    throw new Error(`fileSystem: could not read ${file}: ${message(cause)}`, { cause });
  });
}

/** Room for all weights at once, before the first is read: what is too much is known then. */
function allocate(size: number, file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new Error(
      `${file}: its weights have ${size} bytes, for which there is no memory: ${message(cause)}`,
      { cause },
    );
  }
}

/** The path of a file of weights, which must lie in the model's folder, also after following links. */
async function inside(folder: string, name: string, file: string): Promise<string> {
  const { fsPromises: fs, path: paths } = node();
  const root = await fs.realpath(folder);
  const joined = paths.resolve(root, name);
  const leaves = (target: string): boolean => {
    const relative = paths.relative(root, target);
    return relative === '' || relative.split(paths.sep)[0] === '..' || paths.isAbsolute(relative);
  };
  const real = leaves(joined) ? joined : await fs.realpath(joined).catch(() => joined);
  if (paths.isAbsolute(name) || leaves(joined) || leaves(real)) {
    throw new Error(
      `${file}: got the path ${show(name)}, takes paths of files within ${folder}; the file may be meant to read what is not its own`,
    );
  }
  return real;
}

async function sizeOf(name: string, file: string): Promise<number> {
  return sizeOfFile(name).catch((cause: Error) => {
    throw new Error(
      `${file} refers to ${name}, which cannot be read: ${message(cause)}; save the model again`,
      { cause },
    );
  });
}

/** Files saved here carry the start of their SHA-256 in their name; others have none to check. */
function checkDigest(bytes: Uint8Array, name: string, file: string): void {
  const expected = shardName.exec(name)?.[1];
  const digest = sha256([bytes]);
  if (expected !== undefined && !digest.startsWith(expected)) {
    throw new Error(
      `${file}: got content of SHA-256 ${digest.slice(0, 16)}…, takes ${expected}…; the file is damaged: save the model again`,
    );
  }
}

/** What is wrong, without the name of the file. */
function message(cause: unknown): string {
  if (cause instanceof FileError) return cause.what;
  return cause instanceof Error ? cause.message : String(cause);
}
