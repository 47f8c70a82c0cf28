import { integerFrom } from '@mnet/core/check';
import { assertSha256, checkDigest, sha256Hex } from './digest.ts';
import { download, type DownloadProgress, type RetryOptions } from './download.ts';
import { defaultCacheDir, joinPath, readFileIfPresent, writeFileAtomic } from './files.ts';
import { parseSafetensors, type SafetensorsFile } from './safetensors.ts';
import { resolveSource, type ResolvedSource, type WeightsSource } from './source.ts';
import { WeightsError } from './weights-error.ts';

/** How a source of weights is fetched and checked. */
export interface ReadSafetensorsOptions extends RetryOptions {
  /** Branch, tag or commit of a Hugging Face source that names none; 'main' unless given. */
  readonly revision?: string;
  /** The file's SHA-256 in hexadecimal. A file with another digest is refused. */
  readonly sha256?: string;
  /**
   * Folder in which downloads are kept (Node.js alone). Unless given: `$MNET_CACHE/weights`, else
   * `$XDG_CACHE_HOME/mnet/weights`, else `~/.cache/mnet/weights`.
   */
  readonly cacheDir?: string;
  /** Read from the cache alone and never use the network. */
  readonly offline?: boolean;
  /** Called with every piece of a download. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Ends a download. */
  readonly signal?: AbortSignal;
  /** A file of more bytes is refused before it is read; 2^31 - 1 unless given. */
  readonly maxBytes?: number;
}

/**
 * Reads a safetensors file from anywhere. A download is checked (length, digest, layout) before it gets its
 * name in the cache, so that a file found there is whole; it is read from there ever after.
 * @param source bytes, a path, a URL, or a file on the Hugging Face hub
 * @throws WeightsError where the file cannot be had, has another digest or is not a valid safetensors file
 */
export async function readSafetensors(
  source: WeightsSource,
  options: ReadSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  const { sha256, revision, signal, maxBytes = 2 ** 31 - 1 } = options;
  assertSha256(sha256);
  const { retries = 2, retryDelay = 500, stallTimeout = 30_000 } = options;
  integerFrom(retries, 0, 'retries');
  integerFrom(retryDelay, 0, 'retryDelay');
  integerFrom(stallTimeout, 1, 'stallTimeout');
  const resolved = resolveSource(source, revision);
  signal?.throwIfAborted();
  if (resolved.kind === 'url') {
    return readUrl(resolved, { ...options, retries, retryDelay, stallTimeout }, maxBytes);
  }
  const { label: file } = resolved;
  const bytes =
    resolved.kind === 'bytes'
      ? resolved.bytes
      : await readFileIfPresent(resolved.path, file, maxBytes);
  if (!bytes) throw new WeightsError('no such file', { file });
  return checked(bytes, file, sha256);
}

async function checked(
  bytes: Uint8Array,
  file: string,
  sha256: string | undefined,
): Promise<SafetensorsFile> {
  if (sha256 !== undefined) await checkDigest(bytes, sha256, file);
  return parseSafetensors(bytes, file);
}

async function readUrl(
  source: Extract<ResolvedSource, { kind: 'url' }>,
  options: ReadSafetensorsOptions & Required<RetryOptions>,
  maxBytes: number,
): Promise<SafetensorsFile> {
  const { url, label } = source;
  const place = await cachePlace(source, options.cacheDir);
  if (place !== undefined) {
    const bytes = await readFileIfPresent(place, place, maxBytes);
    if (bytes)
      return checked(
        bytes,
        `${place} (in the cache; delete it to download it again)`,
        options.sha256,
      );
  }
  const byHand =
    place === undefined
      ? 'give its bytes instead'
      : `place it at ${place}, or give its path instead`;
  if (options.offline) {
    throw new WeightsError(
      `not in the cache, and offline is true. Fetch the file on another machine and ${byHand}`,
      { file: label },
    );
  }
  const fetched = await download(url, {
    label,
    byHand,
    maxBytes,
    onProgress: options.onProgress,
    signal: options.signal,
    retries: options.retries,
    retryDelay: options.retryDelay,
    stallTimeout: options.stallTimeout,
  });
  const content = await checked(fetched.bytes, label, options.sha256 ?? fetched.publishedSha256);
  if (place !== undefined) await writeFileAtomic(place, fetched.bytes);
  return content;
}

/** Where in the cache the source belongs; undefined in a browser, whose own cache serves. */
async function cachePlace(
  source: Extract<ResolvedSource, { kind: 'url' }>,
  cacheDir: string | undefined,
): Promise<string | undefined> {
  if (!globalThis.process?.versions?.node) {
    if (cacheDir !== undefined)
      throw new TypeError('cacheDir: goes with Node.js alone, leave it out');
    return undefined;
  }
  const { url, cachePath } = source;
  const digest = async () => (await sha256Hex(new TextEncoder().encode(url.href))).slice(0, 16);
  const fileName =
    url.pathname
      .split('/')
      .at(-1)
      ?.replaceAll(/[^\w.+-]/g, '_') || 'weights';
  const segments = cachePath ?? [url.host.replaceAll(':', '_'), await digest(), fileName];
  return joinPath(cacheDir ?? defaultCacheDir(), ...segments);
}
