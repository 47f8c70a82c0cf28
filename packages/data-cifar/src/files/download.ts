import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { show } from '@mnet/core/check';
import { BadRedirect, BrokenConnection, follow, PROGRESS_BYTES, Watchdog } from './connection.ts';
import { md5OfFile } from './digest.ts';
import { bytes, DataFileError, fileSystemError } from './errors.ts';
import { sizeToWriteOn } from './kind.ts';
import type { OnProgress } from './progress.ts';

/** How patient a download is. */
export interface RetryOptions {
  /** Attempts after the first that may go by without progress. Default 5. */
  readonly retries?: number;
  /** Milliseconds before the first retry; doubles each time, up to 30 s. Default 500. */
  readonly retryDelay?: number;
  /**
   * Milliseconds that a server may take to answer, and then for each 64 KiB; a slower connection counts as broken.
   * Default 30,000.
   */
  readonly stallTimeout?: number;
}

/** What to download, and to where. */
export interface DownloadOptions extends RetryOptions {
  readonly url: string;
  /** The file in the end. Until then its bytes are in `path.part`, where the next run goes on. */
  readonly path: string;
  /** The digest that the file must have, as 32 lower-case hexadecimal digits. */
  readonly md5: string;
  /** The size that the file must have. */
  readonly bytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

const MAX_DELAY = 30_000;

/**
 * Downloads a file over HTTP(S), checks its size and digest, and only then gives it its name.
 *
 * A broken or silent connection is resumed where it stopped (Range and If-Range, RFC 9110
 * sections 13.1.5 and 14), also one of an earlier run. Bytes that turn out wrong are removed, so that
 * the next run starts clean; if they came in part from an earlier run, this one starts over once.
 *
 * @throws DataFileError that names the file or the address and says what to do.
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { path, signal, onProgress } = options;
  assertWebAddress(options.url, 'url');
  const part = `${path}.part`;
  const transfer = new Transfer(options, part);
  try {
    for (;;) {
      await transfer.run();
      const got = await md5OfFile(part, { signal, onProgress });
      if (got.md5 === options.md5) break;
      await rm(part, { force: true });
      if (transfer.fromStart) {
        throw new DataFileError(
          'digest',
          path,
          `what ${options.url} sent has md5 ${got.md5}, expected ${options.md5}; it was removed. Run again, or give another address as url`,
        );
      }
    }
    await rename(part, path);
  } catch (error) {
    signal?.throwIfAborted();
    throw fileSystemError(error, part, `downloading ${options.url}`);
  }
}

/** Throws unless `value` is an http or https address. */
export function assertWebAddress(value: unknown, argument: string): asserts value is string {
  const isAddress =
    typeof value === 'string' &&
    URL.canParse(value) &&
    ['http:', 'https:'].includes(new URL(value).protocol);
  if (!isAddress) {
    throw new TypeError(
      `${argument}: got ${show(value)}, takes an address that begins with https:// or http://`,
    );
  }
}

/** Brings the part up to its full size, over as many connections as it takes. */
class Transfer {
  private readonly options: DownloadOptions;
  private readonly part: string;
  /** What identifies the version of the file that the part is of, if this run has seen it. */
  private validator: string | undefined;
  /** Whether this run fetched the part from its first byte on, so that no earlier run's bytes are in it. */
  fromStart = false;

  constructor(options: DownloadOptions, part: string) {
    this.options = options;
    this.part = part;
  }

  async run(): Promise<void> {
    const { retries = 5, retryDelay = 500, path, url, signal, onProgress } = this.options;
    let furthest = await sizeToWriteOn(this.part);
    let failures = 0;
    for (;;) {
      try {
        await this.attempt();
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof BrokenConnection)) throw error;
        const size = await sizeToWriteOn(this.part);
        if (size >= furthest + PROGRESS_BYTES) failures = 0;
        furthest = Math.max(furthest, size);
        if (++failures > retries) {
          throw new DataFileError(
            'network',
            path,
            `the download from ${url} failed ${failures} times in a row: ${error.message}. ` +
              `${bytes(size)} of ${bytes(this.options.bytes)} are kept in ${this.part}; run again to go on, ` +
              'or give another address as url',
            { cause: error },
          );
        }
        const backOff = Math.min(MAX_DELAY, retryDelay * 2 ** (failures - 1));
        const delay = Math.max(backOff, Math.min(MAX_DELAY, error.retryAfter ?? 0));
        const { bytes: total } = this.options;
        onProgress?.({ phase: 'retry', path, loaded: size, total, error, delay });
        await sleep(delay, undefined, signal && { signal });
      }
    }
  }

  private async attempt(): Promise<void> {
    const { bytes: total } = this.options;
    let from = await sizeToWriteOn(this.part);
    if (from > total) {
      await rm(this.part);
      from = 0;
    }
    // A part that is whole was left by a run that ended before its last step.
    if (from === total) return;
    const watchdog = new Watchdog(this.options.stallTimeout ?? 30_000, this.options.signal);
    try {
      const response = await this.ask(from, watchdog);
      watchdog.restart();
      const start = await this.start(response, from);
      this.validator = strongValidator(response.headers);
      await this.receive(response, start, watchdog);
    } finally {
      watchdog.stop();
    }
  }

  private async ask(from: number, watchdog: Watchdog): Promise<Response> {
    const { url, path } = this.options;
    try {
      return await follow(url, this.headers(from), watchdog);
    } catch (error) {
      if (!(error instanceof BadRedirect)) throw error;
      const message = `${url} ${error.message}. Give another address as url`;
      throw new DataFileError('http', path, message, { cause: error });
    }
  }

  private headers(from: number): Record<string, string> {
    // The archive's own bytes: an encoding on the way would be undone silently and break the digest.
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (from > 0) {
      headers['range'] = `bytes=${from}-`;
      if (this.validator !== undefined) headers['if-range'] = this.validator;
    }
    return headers;
  }

  /** Checks the answer's head and gives the place in the file at which its body begins. */
  private async start(response: Response, from: number): Promise<number> {
    const { url, path, bytes: total } = this.options;
    const { status, headers } = response;
    if (status === 416 && from > 0) {
      await rm(this.part, { force: true });
      throw new BrokenConnection(`the server does not have bytes ${from} and on (416)`);
    }
    if (status === 408 || status === 429 || status >= 500) {
      throw new BrokenConnection(`HTTP ${status} ${response.statusText}`.trim(), {
        retryAfter: retryAfter(headers.get('retry-after')),
      });
    }
    if (status !== 200 && status !== 206) {
      throw new DataFileError(
        'http',
        path,
        `${url} answered HTTP ${status} ${response.statusText}`.trim() +
          '. Give the address of a mirror as url, or put the archive or its files into the folder yourself',
      );
    }
    const encoding = headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity') {
      throw new DataFileError(
        'http',
        path,
        `${url} sends the archive with content-encoding ${encoding}, which changes its bytes. Give another address as url`,
      );
    }
    let start = 0;
    let whole: number | undefined;
    if (status === 206) {
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
      start = Number(range?.[1] ?? Number.NaN);
      if (start !== from) {
        // Not the bytes that were asked for: their place is unknown, so start over.
        await rm(this.part, { force: true });
        throw new BrokenConnection(
          `asked for bytes ${from} and on, the server sent content-range ${headers.get('content-range')}`,
        );
      }
      const version = strongValidator(headers);
      if (this.validator !== undefined && version !== undefined && version !== this.validator) {
        // The server does not know If-Range: what it sends is the rest of another file.
        await rm(this.part, { force: true });
        this.validator = undefined;
        throw new BrokenConnection(`the file changed at the server, to ${version}`);
      }
      whole = range?.[2] === '*' ? undefined : Number(range?.[2]);
    } else if (headers.has('content-length')) {
      whole = Number(headers.get('content-length'));
    }
    if (whole !== undefined && whole !== total) {
      throw new DataFileError(
        'size',
        path,
        `${url} offers ${bytes(whole)} (${headers.get('content-type') ?? 'no content type'}), expected ${bytes(total)}: not the archive. Give another address as url`,
      );
    }
    return start;
  }

  private async receive(response: Response, start: number, watchdog: Watchdog): Promise<void> {
    const { path, url, bytes: total, onProgress } = this.options;
    const file = await open(this.part, start === 0 ? 'w' : 'r+');
    let size = start;
    if (start === 0) this.fromStart = true;
    try {
      onProgress?.({ phase: 'download', path, loaded: size, total });
      const reader = (response.body ?? new Blob().stream()).getReader();
      for (;;) {
        const { done, value } = await watchdog.guard(reader.read());
        if (done) break;
        watchdog.count(value.length);
        if (size + value.length > total) {
          // Bytes of something else: they must not be what the next run goes on from.
          await rm(this.part, { force: true });
          throw new DataFileError(
            'size',
            path,
            `${url} sends more than the expected ${bytes(total)}: not the archive. Give another address as url`,
          );
        }
        await writeAll(file, value, size);
        size += value.length;
        onProgress?.({ phase: 'download', path, loaded: size, total });
      }
      if (size < total) {
        throw new BrokenConnection(`the connection ended after ${bytes(size)} of ${bytes(total)}`);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

async function writeAll(file: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    done += (await file.write(data, done, data.length - done, position + done)).bytesWritten;
  }
}

/** The ETag, if strong, else the date: the only validators that If-Range may carry (RFC 9110, 13.1.5). */
function strongValidator(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  if (etag !== null) return etag.startsWith('W/') ? undefined : etag;
  return headers.get('last-modified') ?? undefined;
}

/** Retry-After in milliseconds: a number of seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(delay) ? Math.max(0, delay) : undefined;
}
