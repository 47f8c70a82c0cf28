import {
  abortSignal,
  downloadFile,
  fetchBytes,
  type OnDownloadProgress,
  retryOptions,
} from '@mnet/core/download';
import { FileError, nodeModules, readWhole, sha256 as digest } from '@mnet/core/files';
import {
  boolean,
  callable,
  custom,
  type Given,
  integer,
  optional,
  options,
  type Resolved,
  resolve,
  text,
} from '@mnet/core/options';
import { parseSafetensors, type SafetensorsFile } from '@mnet/core/safetensors';
import { cachePlace } from './cache.ts';
import { resolveSource, type ResolvedSource, type WeightsSource } from './source.ts';
import { WeightsError, weightsError } from './weights-error.ts';

/** How far a download is. */
export interface DownloadProgress {
  /** What is being downloaded: the URL without its query. */
  readonly source: string;
  /** Bytes so far, resumed ones included. */
  readonly loaded: number;
  /** Bytes in all, where the server says so. */
  readonly total: number | undefined;
}

/** The options of {@link readSafetensors}, for functions that take them too. */
export const readOptions = options({
  /** Branch, tag or commit of a Hugging Face source that names none; 'main' unless given. */
  revision: optional(text('a branch, tag or commit')),
  /** The file's SHA-256 in hexadecimal. A file with another digest is refused. */
  sha256: optional(
    custom<string>(
      '64 hexadecimal digits',
      (value) => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value),
    ),
  ),
  /**
   * Folder in which downloads are kept (Node.js alone). Unless given: `$MNET_CACHE/weights`, else
   * `$XDG_CACHE_HOME/mnet/weights`, else `~/.cache/mnet/weights`.
   */
  cacheDir: optional(text('the path of a folder')),
  /** Read from the cache alone and never use the network; default false. */
  offline: optional(boolean(), false),
  /** Called with every piece of a download. */
  onProgress: optional(callable<(progress: DownloadProgress) => void>()),
  /** Ends a download; another call goes on with it. */
  signal: optional(abortSignal()),
  /** A file of more bytes is refused before it is read; 2^31 - 1 unless given. */
  maxBytes: optional(integer({ min: 0 }), 2 ** 31 - 1),
  ...retryOptions.fields,
});

/** How a source of weights is fetched and checked. */
export interface ReadSafetensorsOptions extends Given<typeof readOptions> {}

/** Those options with their defaults. */
export type ReadOptions = Resolved<typeof readOptions>;

/**
 * Reads a safetensors file from anywhere. A download is checked (length, digest, layout) before it gets its
 * name in the cache, so that a file found there is whole; it is read from there ever after. One that broke off goes on
 * where it stopped, also after the process was killed.
 * @param source bytes, a path, a URL, or a file on the Hugging Face hub
 * @throws WeightsError where the file cannot be had, has another digest or is not a valid safetensors file
 */
export async function readSafetensors(
  source: WeightsSource,
  given: ReadSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  return readSource(source, resolve(readOptions, given, 'readSafetensors'));
}

/** {@link readSafetensors} with options that were checked. */
export async function readSource(
  source: WeightsSource,
  wanted: ReadOptions,
): Promise<SafetensorsFile> {
  const resolved = resolveSource(source, wanted.revision);
  const { label } = resolved;
  wanted.signal?.throwIfAborted();
  try {
    if (resolved.kind === 'url') return await readUrl(resolved, wanted);
    if (resolved.kind === 'bytes') return checked(resolved.bytes, label, wanted.sha256);
    const { url } = nodeModules(label, 'pass bytes or an http address');
    const path = resolved.path instanceof URL ? url.fileURLToPath(resolved.path) : resolved.path;
    return checked(await readWhole(path, wanted.maxBytes, wanted.signal), label, wanted.sha256);
  } catch (error) {
    throw weightsError(error, label);
  }
}

/** Parses bytes whose SHA-256 is this, where one is known. */
function checked(bytes: Uint8Array, file: string, sha256: string | undefined): SafetensorsFile {
  const expected = sha256?.toLowerCase();
  const got = expected === undefined ? undefined : digest([bytes]);
  if (got !== expected) {
    throw new WeightsError(
      `SHA-256 is ${got}, expected ${expected}: the file is broken or another one`,
      { file, code: 'digest' },
    );
  }
  return parseSafetensors(bytes, file);
}

async function readUrl(
  source: Extract<ResolvedSource, { kind: 'url' }>,
  wanted: ReadOptions,
): Promise<SafetensorsFile> {
  const { label } = source;
  const place = cachePlace(source, wanted.cacheDir);
  const cached = place === undefined ? undefined : await readCached(place, wanted);
  if (cached) return cached;
  const byHand =
    place === undefined
      ? 'give its bytes instead'
      : `place it at ${place}, or give its path instead`;
  const instead = `fetch the file on another machine and ${byHand}`;
  if (wanted.offline) {
    const advice = `F${instead.slice(1)}`;
    throw new WeightsError(`not in the cache, and offline is true. ${advice}`, {
      file: label,
      code: 'missing',
    });
  }
  const request = {
    url: source.url.href,
    instead,
    ...(wanted.sha256 !== undefined && { digest: `sha256:${wanted.sha256}` as const }),
    maxBytes: wanted.maxBytes,
    retries: wanted.retries,
    retryDelay: wanted.retryDelay,
    stallTimeout: wanted.stallTimeout,
    onProgress: watcher(label, wanted),
    ...(wanted.signal && { signal: wanted.signal }),
  };
  if (place === undefined) return parseSafetensors(await fetchBytes(request), label);
  let content: SafetensorsFile | undefined;
  const check = async (part: string): Promise<void> => {
    content = parseSafetensors(await readWhole(part, wanted.maxBytes), label);
  };
  await downloadFile({ ...request, path: place, check });
  // Where another process has fetched it meanwhile, there was nothing to check here.
  return content ?? ((await readCached(place, wanted)) as SafetensorsFile);
}

/** The content of a file in the cache, undefined where there is none. */
async function readCached(
  place: string,
  { maxBytes, sha256, signal }: ReadOptions,
): Promise<SafetensorsFile | undefined> {
  const file = `${place} (in the cache; delete it to download it again)`;
  try {
    return checked(await readWhole(place, maxBytes, signal), file, sha256);
  } catch (error) {
    if (error instanceof FileError && error.path === place && error.code === 'missing') {
      return undefined;
    }
    throw weightsError(error, file);
  }
}

function watcher(source: string, { onProgress }: ReadOptions): OnDownloadProgress {
  return ({ phase, loaded, total }) => {
    if (phase === 'download') onProgress?.({ source, loaded, total });
  };
}
