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

/** Node's modules, loaded on first use so that a page can import this package. */
async function node(): Promise<NodeModules> {
  if (!globalThis.process?.versions?.node) {
    throw new Error('Files can be read and written in Node.js alone; pass bytes or a URL instead');
  }
  const [fs, path, os, url] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
    import('node:os'),
    import('node:url'),
  ]);
  return { fs, path, os, url };
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
  const { fs } = await node();
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
  const { fs, path, url } = await node();
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
export async function defaultCacheDir(): Promise<string> {
  const { os, path } = await node();
  const { MNET_CACHE, XDG_CACHE_HOME } = process.env;
  const base = MNET_CACHE || path.join(XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'mnet');
  return path.join(base, 'weights');
}

/** Joins path segments in the system's way. */
export async function joinPath(...segments: string[]): Promise<string> {
  const { path } = await node();
  return path.join(...segments);
}
