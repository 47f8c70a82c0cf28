import { digest as begin, type DigestAlgorithm } from '../files/digest.ts';
import { bytes, FileError } from '../files/errors.ts';
import {
  callable,
  type Given,
  optional,
  options,
  required,
  type Resolved,
  resolve,
} from '../options/index.ts';
import { shownAddress, webAddress } from './address.ts';
import { type AnswerContext, checkSize, checkStatus, statedLength, tooMuch } from './answer.ts';
import { BrokenConnection } from './broken-connection.ts';
import { BadRedirect, follow } from './follow.ts';
import { transferOptions } from './options.ts';
import type { OnDownloadProgress } from './progress.ts';
import { retrying } from './retrying.ts';
import { Watchdog } from './watchdog.ts';

const fetchOptions = options({
  ...transferOptions.fields,
  /** An http or https address. Errors name it without user and query, which may hold secrets. */
  url: required(webAddress()),
  /** Called with every piece and retry; `path` is the address. */
  onProgress: optional(callable<OnDownloadProgress>()),
});

/** What to fetch. */
export interface FetchOptions extends Given<typeof fetchOptions> {}

/**
 * Fetches a file into memory, for where there is no file system. Connections that break are tried again from the start:
 * a browser's own cache knows better what of it is there. Its digest is checked as by {@link downloadFile}.
 *
 * @throws FileError that names the address and says what to do; the signal's reason where it is aborted
 */
export async function fetchBytes(given: FetchOptions): Promise<Uint8Array> {
  const wanted = resolve(fetchOptions, given, 'fetchBytes');
  const { signal, onProgress, instead } = wanted;
  const shown = shownAddress(wanted.url);
  const context: AnswerContext = { path: shown, shown, instead };
  let fetched: Fetched | undefined;
  signal?.throwIfAborted();
  await retrying({
    retries: wanted.retries,
    retryDelay: wanted.retryDelay,
    signal,
    attempt: async () => {
      fetched = await fetchOnce(wanted, context);
    },
    kept: () => 0,
    onRetry: (error, delay) =>
      onProgress?.({ phase: 'retry', path: shown, loaded: 0, error, delay }),
    gaveUp: (error, failures) =>
      new FileError(
        'network',
        shown,
        `the download failed ${failures} times in a row: ${error.message}. Try again, or ${instead}`,
        { cause: error },
      ),
  });
  const { content, publishedSha256 } = fetched!;
  const published = publishedSha256 === undefined ? undefined : `sha256:${publishedSha256}`;
  const [algorithm, expected] = (wanted.digest ?? published)?.toLowerCase().split(':') ?? [];
  if (expected === undefined) return content;
  const hash = begin(algorithm as DigestAlgorithm);
  hash.update(content);
  const got = hash.hex();
  if (got === expected) return content;
  const message = `what was sent has ${algorithm} ${got}, expected ${expected}. Try again, or ${instead}`;
  throw new FileError('digest', shown, message);
}

interface Fetched {
  readonly content: Uint8Array;
  readonly publishedSha256: string | undefined;
}

async function fetchOnce(
  wanted: Resolved<typeof fetchOptions>,
  context: AnswerContext,
): Promise<Fetched> {
  const { url, headers, stallTimeout, signal, maxBytes = Number.POSITIVE_INFINITY } = wanted;
  const { path, shown, instead } = context;
  const watchdog = new Watchdog(stallTimeout, signal);
  try {
    const { response, publishedSha256 } = await follow(url, {}, headers, watchdog);
    watchdog.restart();
    checkStatus(response, context);
    if (response.status === 206) {
      throw new FileError(
        'http',
        path,
        `${shown} answered HTTP 206 to a request for all; ${instead}`,
      );
    }
    const total = statedLength(response.headers);
    checkSize(total, wanted, response, context);
    const chunks: Uint8Array[] = [];
    let loaded = 0;
    const reader = (response.body ?? new Blob().stream()).getReader();
    for (;;) {
      const { done, value } = await watchdog.guard(reader.read());
      if (done) break;
      watchdog.count(value.length);
      loaded += value.length;
      if (loaded > maxBytes) throw tooMuch(maxBytes, false, context);
      chunks.push(value);
      const known = total === undefined ? {} : { total };
      wanted.onProgress?.({ phase: 'download', path, loaded, ...known });
    }
    if (total !== undefined && loaded < total) {
      throw new BrokenConnection(`the connection ended after ${bytes(loaded)} of ${bytes(total)}`);
    }
    return { content: joined(chunks, loaded), publishedSha256 };
  } catch (error) {
    if (!(error instanceof BadRedirect)) throw error;
    throw new FileError('http', path, `${error.message}; ${instead}`, { cause: error });
  } finally {
    watchdog.stop();
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
