import type * as fs from 'node:fs/promises';
import type * as os from 'node:os';
import type * as path from 'node:path';
import type * as url from 'node:url';
import { WeightsError } from './weights-error.ts';

interface NodeModules {
  readonly fs: typeof fs;
  readonly path: typeof path;
  readonly os: typeof os;
  readonly url: typeof url;
}

/** Node's modules, asked for at the call and without an import, so that bundles for browsers may carry this file. */
function node(): NodeModules {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  if (typeof process?.getBuiltinModule !== 'function') {
    throw new Error('Files can be read and written in Node.js alone; pass bytes or a URL instead');
  }
  return {
    fs: process.getBuiltinModule('node:fs/promises'),
    path: process.getBuiltinModule('node:path'),
    os: process.getBuiltinModule('node:os'),
    url: process.getBuiltinModule('node:url'),
  };
}

/**
 * A file's bytes, or undefined where there is no such file.
 * @throws WeightsError for a folder, a file over `maxBytes`, or one that cannot be read
 */
export async function readFileIfPresent(
  path: string | URL,
  label: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const { fs } = node();
  try {
    const stats = await fs.stat(path);
    if (!stats.isFile()) {
      const what = stats.isDirectory() ? 'a folder' : 'no regular file';
      throw new WeightsError(`is ${what}, takes the path of a .safetensors file`, { file: label });
    }
    if (stats.size > maxBytes) {
      const what = `${stats.size} bytes, over the limit of ${maxBytes} (maxBytes)`;
      throw new WeightsError(what, { file: label });
    }
    return await fs.readFile(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (error instanceof WeightsError) throw error;
    throw new WeightsError(String(error), { file: label }, { cause: error });
  }
}

/**
 * Writes a file so that it is there whole or not at all: to a temporary name beside it, flushed, then
 * renamed. Missing folders are made.
 */
export async function writeFileAtomic(target: string | URL, bytes: Uint8Array): Promise<void> {
  const { fs, path, url } = node();
  const file = target instanceof URL ? url.fileURLToPath(target) : target;
  const temporary = `${file}.${process.pid}-${crypto.randomUUID().slice(0, 8)}.tmp`;
  await fs.mkdir(path.dirname(file), { recursive: true });
  try {
    await fs.writeFile(temporary, bytes, { flush: true });
    await fs.rename(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

/**
 * The folder that downloaded weights are kept in unless one is named: `$MNET_CACHE/weights`, else
 * `$XDG_CACHE_HOME/mnet/weights`, else `~/.cache/mnet/weights`.
 */
export function defaultCacheDir(): string {
  const { os, path } = node();
  const { MNET_CACHE, XDG_CACHE_HOME } = process.env;
  const base = MNET_CACHE || path.join(XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'mnet');
  return path.join(base, 'weights');
}

/** Joins path segments in the system's way. */
export function joinPath(...segments: string[]): string {
  const { path } = node();
  return path.join(...segments);
}
