import { PassingFault, pause, TooSlow, Watchdog } from './connection.ts';
import { WeightsError } from './weights-error.ts';

/** How far a download is. */
export interface DownloadProgress {
  /** What is being downloaded: the URL without its query. */
  readonly source: string;
  /** Bytes so far; where a broken download begins again, so does the count. */
  readonly loaded: number;
  /** Bytes in all, where the server says so. */
  readonly total: number | undefined;
}

/** How patient a download is. */
export interface RetryOptions {
  /** Attempts after the first, where a connection breaks or the server is busy; default 2. */
  readonly retries?: number;
  /** Milliseconds before the first retry; doubles each time. Default 500. */
  readonly retryDelay?: number;
  /**
   * Milliseconds that a server may take to answer, and then for each 64 KiB; a slower connection counts as broken.
   * Default 30,000.
   */
  readonly stallTimeout?: number;
}

export interface DownloadOptions extends Required<RetryOptions> {
  /** What messages call the source. */
  readonly label: string;
  /** How the user can do without the download, for messages. */
  readonly byHand: string;
  /** More bytes than this are refused. */
  readonly maxBytes: number;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Download {
  readonly bytes: Uint8Array;
  /** SHA-256 that the Hugging Face hub publishes for the file in its first answer, if it does. */
  readonly publishedSha256: string | undefined;
}

const maxRedirects = 10;

/**
 * Downloads a file into memory, as often as it takes within `retries`.
 * @throws WeightsError where the server cannot be reached, is too slow, answers with a status other than 200, leads
 *   to no address, or sends more or fewer bytes than it should; the signal's reason where it is aborted
 */
export async function download(url: URL, options: DownloadOptions): Promise<Download> {
  const { retries, retryDelay, signal } = options;
  for (let attempt = 0; ; attempt++) {
    const watchdog = new Watchdog(options.stallTimeout, signal);
    try {
      return await fetchWhole(url, options, watchdog);
    } catch (error) {
      if (!(error instanceof PassingFault) || attempt >= retries) throw error;
    }
    await pause(Math.min(30_000, retryDelay * 2 ** attempt), signal);
  }
}

async function fetchWhole(
  url: URL,
  options: DownloadOptions,
  watchdog: Watchdog,
): Promise<Download> {
  const { label: source, maxBytes, onProgress } = options;
  const { response, publishedSha256 } = await open(url, options, watchdog);
  watchdog.restart();
  const { headers, body } = response;
  if (response.status !== 200 || !body) {
    await body?.cancel();
    throw refusal(response, options);
  }
  // A compressed body's length is not the file's.
  const length = headers.get('content-encoding') ? null : headers.get('content-length');
  const total = length === null ? undefined : Number(length);
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  const reader = body.getReader();
  try {
    for (;;) {
      if (Math.max(loaded, total ?? 0) > maxBytes) {
        throw new WeightsError(
          `${total ?? 'too many'} bytes, over the limit of ${maxBytes} (maxBytes)`,
          { file: source },
        );
      }
      const piece = await network(watchdog.guard(reader.read()), options);
      if (piece.done) break;
      loaded += piece.value.length;
      watchdog.count(piece.value.length);
      chunks.push(piece.value);
      onProgress?.({ source, loaded, total });
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error;
  }
  if (total !== undefined && loaded !== total) {
    throw new PassingFault(`the server sent ${loaded} of ${total} bytes; try again`, {
      file: source,
    });
  }
  return { bytes: joined(chunks, loaded), publishedSha256 };
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function open(
  url: URL,
  options: DownloadOptions,
  watchdog: Watchdog,
): Promise<{ response: Response; publishedSha256: string | undefined }> {
  // The hub names a large file's digest in the answer that redirects to its storage. Node shows that
  // answer; a browser hides it.
  const redirect = globalThis.process?.versions?.node ? 'manual' : 'follow';
  const file = options.label;
  let publishedSha256: string | undefined;
  let at = url;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await network(
      watchdog.guard(fetch(at, { redirect, signal: watchdog.signal })),
      options,
    );
    publishedSha256 ??= /^"?([0-9a-f]{64})"?$/.exec(
      response.headers.get('x-linked-etag') ?? '',
    )?.[1];
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      return { response, publishedSha256 };
    }
    await response.body?.cancel();
    if (!URL.canParse(location, at)) {
      throw new WeightsError(`the server redirects to '${location}', which is no address`, {
        file,
      });
    }
    at = new URL(location, at);
    if (at.protocol !== 'https:' && at.protocol !== url.protocol) {
      throw new WeightsError(`the server redirects to ${at.protocol}, which is refused`, { file });
    }
  }
  throw new WeightsError(`the server redirects more than ${maxRedirects} times`, { file });
}

/** Turns what the network does into a PassingFault; an abort stays the signal's reason. */
async function network<T>(
  work: Promise<T>,
  { label, byHand, signal }: DownloadOptions,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    signal?.throwIfAborted();
    throw new PassingFault(
      `cannot be fetched (${rootCause(error)}). Without a network, fetch the file on another machine and ${byHand}`,
      { file: label },
      { cause: error },
    );
  }
}

/** fetch says 'fetch failed' or 'terminated'; the system's own error is behind it. */
function rootCause(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error && !(cause instanceof TooSlow)) {
    cause = cause.cause;
  }
  const { message, code } = cause as { message?: string; code?: string };
  return message || code || String(cause);
}

function refusal(
  { status, statusText }: Response,
  { label, byHand }: DownloadOptions,
): WeightsError {
  let advice = 'try again later';
  if (status === 404) advice = 'check the address: repository, revision and file name';
  if (status === 401 || status === 403) {
    advice = `a private or gated file is not fetched: download it yourself and ${byHand}`;
  }
  const passing = status === 408 || status === 429 || status >= 500;
  const Fault = passing ? PassingFault : WeightsError;
  return new Fault(`the server answered ${`${status} ${statusText}`.trim()}; ${advice}`, {
    file: label,
  });
}
