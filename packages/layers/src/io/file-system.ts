import type * as NodeCrypto from 'node:crypto';
import type * as NodeFs from 'node:fs/promises';
import type * as NodePath from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { integerFrom, knownOptions, show } from '@mnet/core/check';
import { modelJson, parseModelJson, weightBytes } from './model-json.ts';
import { regularFile, textIfAny } from './regular-file.ts';

/** Options of {@link fileSystem}. */
export interface FileSystemOptions {
  /** Largest size of one file of weights in bytes; at least 1, default 32 MiB. */
  shardBytes?: number;
}

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
 * Runs in Node.js; in a browser `save` and `load` fail.
 *
 * @param path a folder, made if it is not there, or the path of a `model.json`
 * @throws if an option is wrong. `save` and `load` reject with an error that names the file.
 */
export function fileSystem(path: string, options: FileSystemOptions = {}): io.IOHandler {
  if (typeof path !== 'string' || path === '') {
    throw new TypeError(`path: got ${show(path)}, takes the path of a folder`);
  }
  knownOptions(options, ['shardBytes'], 'fileSystem');
  const { shardBytes = 2 ** 25 } = options;
  integerFrom(shardBytes, 1, 'shardBytes');
  return {
    save: (artifacts) => save(path, artifacts, shardBytes),
    load: () => load(path),
  };
}

type Node = {
  fs: typeof NodeFs;
  path: typeof NodePath;
  crypto: typeof NodeCrypto;
};

/** Node's modules, asked for at the call and without an import, so that bundles for browsers may carry this file. */
function node(): Node {
  const { process } = globalThis as { process?: NodeJS.Process };
  if (!process?.getBuiltinModule) {
    throw new Error(
      `fileSystem: needs Node.js from 20.19 on; in a browser use 'indexeddb://name' or an http address`,
    );
  }
  return {
    fs: process.getBuiltinModule('node:fs/promises'),
    path: process.getBuiltinModule('node:path'),
    crypto: process.getBuiltinModule('node:crypto'),
  };
}

const shardName = /^weights-([0-9a-f]{16})\.bin$/;
/** No model.json is larger; JavaScript's longest string is twice that. */
const maxJsonBytes = 2 ** 28;
const temporaryName = /\.(json|bin)\.[0-9a-f]{12}\.tmp$/;

function locate(paths: Node['path'], path: string): { folder: string; file: string } {
  const file = path.endsWith('.json') ? path : paths.join(path, 'model.json');
  return { folder: paths.dirname(file), file };
}

async function save(
  path: string,
  artifacts: io.ModelArtifacts,
  shardBytes: number,
): Promise<io.SaveResult> {
  const { fs, path: paths, crypto } = node();
  const { folder, file } = locate(paths, path);
  if (artifacts.modelTopology instanceof ArrayBuffer) {
    throw new TypeError(
      'model: got a topology in binary form, takes a layers model, as model.save passes it',
    );
  }
  const bytes = new Uint8Array(io.CompositeArrayBuffer.join(artifacts.weightData));
  const suffix = crypto.randomBytes(6).toString('hex');
  const before = await textIfAny(fs, file);
  const written: string[] = [];
  const shards: string[] = [];
  const write = async (name: string, content: Uint8Array | string): Promise<void> => {
    const temporary = paths.join(folder, `${name}.${suffix}.tmp`);
    written.push(temporary);
    const handle = await fs.open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  try {
    await fs.mkdir(folder, { recursive: true });
    for (let start = 0; start < bytes.length; start += shardBytes) {
      const shard = bytes.subarray(start, start + shardBytes);
      const digest = crypto.createHash('sha256').update(shard).digest('hex');
      const name = `weights-${digest.slice(0, 16)}.bin`;
      if (!shards.includes(name)) await write(name, shard);
      shards.push(name);
    }
    const name = paths.basename(file);
    await write(name, JSON.stringify(modelJson(artifacts, shards)));
    for (const shard of new Set(shards)) {
      await fs.rename(paths.join(folder, `${shard}.${suffix}.tmp`), paths.join(folder, shard));
    }
    // Names reach the disk with their folder: the weights' before the file that refers to them.
    await syncFolder(fs, folder);
    await fs.rename(paths.join(folder, `${name}.${suffix}.tmp`), file);
    await syncFolder(fs, folder);
  } catch (cause) {
    await Promise.all(written.map((name) => fs.rm(name, { force: true }).catch(() => {})));
    await removeStale(fs, paths, folder, shards.join(' ')).catch(() => {});
    throw new Error(`fileSystem: could not save the model as ${file}: ${message(cause)}`, {
      cause,
    });
  }
  await removeStale(fs, paths, folder, before);
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
}

/** Flushes the names in a folder; some systems cannot open one, and then there is nothing to do. */
async function syncFolder(fs: Node['fs'], folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Removes the weights that no model of the folder refers to any more, and what killed processes left. */
async function removeStale(
  fs: Node['fs'],
  paths: Node['path'],
  folder: string,
  own: string,
): Promise<void> {
  const names = await fs.readdir(folder);
  const models = names.filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(models.map((name) => textIfAny(fs, paths.join(folder, name))));
  for (const name of names) {
    const leftOver = temporaryName.test(name);
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

async function load(path: string): Promise<io.ModelArtifacts> {
  const { fs, path: paths, crypto } = node();
  const { folder, file } = locate(paths, path);
  const text = await readJson(fs, file).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
    throw new Error(
      missing
        ? `fileSystem: there is no ${file}; save a model there with model.save(fileSystem(${show(path)}))`
        : `fileSystem: could not read ${file}: ${cause.message}`,
      { cause },
    );
  });
  const json = parseModelJson(text, file);
  return io.getModelArtifactsForJSON(json, async (manifest) => {
    const weights: io.WeightsManifestEntry[] = [];
    const buffers: ArrayBuffer[] = [];
    for (const group of manifest) {
      const files = await Promise.all(
        group.paths.map((name) => inside(fs, paths, folder, name, file)),
      );
      const sizes = await Promise.all(files.map((name) => sizeOf(fs, name, file)));
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
        const bytes = await readWeights(fs, name);
        checkDigest(crypto, bytes, group.paths[index] as string, name);
        joined.set(bytes, at);
        at += bytes.length;
      }
      buffers.push(joined.buffer);
      weights.push(...group.weights);
    }
    return [weights, io.CompositeArrayBuffer.join(buffers)];
  });
}

async function readJson(fs: Node['fs'], file: string): Promise<string> {
  const { size } = await regularFile(fs, file);
  if (size > maxJsonBytes) throw new Error(`it has ${size} bytes, takes up to ${maxJsonBytes}`);
  return fs.readFile(file, 'utf8');
}

async function readWeights(fs: Node['fs'], file: string): Promise<Uint8Array> {
  return fs.readFile(file).catch((cause: Error) => {
    throw new Error(`fileSystem: could not read ${file}: ${cause.message}`, { cause });
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
async function inside(
  fs: Node['fs'],
  paths: Node['path'],
  folder: string,
  name: string,
  file: string,
): Promise<string> {
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

async function sizeOf(fs: Node['fs'], name: string, file: string): Promise<number> {
  const { size } = await regularFile(fs, name).catch((cause: Error) => {
    throw new Error(
      `${file} refers to ${name}, which cannot be read: ${cause.message}; save the model again`,
      { cause },
    );
  });
  return size;
}

/** Files saved here carry the start of their SHA-256 in their name; others have none to check. */
function checkDigest(crypto: Node['crypto'], bytes: Uint8Array, name: string, file: string): void {
  const expected = shardName.exec(name)?.[1];
  const digest = crypto.createHash('sha256').update(bytes).digest('hex');
  if (expected !== undefined && !digest.startsWith(expected)) {
    throw new Error(
      `${file}: got content of SHA-256 ${digest.slice(0, 16)}…, takes ${expected}…; the file is damaged: save the model again`,
    );
  }
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
