import { digestOfFile, type DigestAlgorithm } from '../files/digest.ts';
import { bytes, FileError, fileSystemError } from '../files/errors.ts';
import { kindOf } from '../files/kind.ts';
import { withLock } from '../files/lock.ts';
import { nodeModules } from '../files/node.ts';
import {
  callable,
  type Given,
  integer,
  optional,
  options,
  required,
  type Resolved,
  resolve,
  text,
} from '../options/index.ts';
import { shownAddress, webAddress } from './address.ts';
import {
  type AnswerContext,
  checkSize,
  checkStatus,
  statedLength,
  strongValidator,
  tooMuch,
} from './answer.ts';
import { BrokenConnection } from './broken-connection.ts';
import { BadRedirect, follow } from './follow.ts';
import { transferOptions } from './options.ts';
import { Part } from './part.ts';
import type { OnDownloadProgress } from './progress.ts';
import { retrying } from './retrying.ts';
import { Watchdog } from './watchdog.ts';

const downloadOptions = options({
  ...transferOptions.fields,
  /** An http or https address. Errors name it without user and query, which may hold secrets. */
  url: required(webAddress()),
  /** The file in the end, in a folder that is made if need be. Until then its bytes are in `path.part`. */
  path: required(text('the path of a file')),
  /** The size that the file must have; without it, any up to `maxBytes`. */
  bytes: optional(integer({ min: 0 })),
  /**
   * Looks at the whole file before it gets its name; is given the path of the part, which is removed where this rejects.
   */
  check: optional(callable<(part: string) => void | Promise<void>>()),
  /** Called with every piece, retry and wait. */
  onProgress: optional(callable<OnDownloadProgress>()),
});

/** What to download, and to where. */
export interface DownloadOptions extends Given<typeof downloadOptions> {}

type ResolvedOptions = Resolved<typeof downloadOptions>;

/**
 * Downloads a file over HTTP(S) unless it is there, checks its size and digest, and only then gives it its name.
 *
 * A broken or silent connection is resumed where it stopped (Range and If-Range, RFC 9110
 * sections 13.1.5 and 14), also one of an earlier run. Bytes that turn out wrong are removed, so that
 * the next run starts clean; if they came in part from an earlier run, this one starts over once. Processes that want the
 * same file wait for the first of them (`path.lock`).
 *
 * Runs in Node.js; {@link fetchBytes} does without files.
 *
 * @throws FileError that names the file or the address and says what to do; the signal's reason where it is aborted
 */
export async function downloadFile(given: DownloadOptions): Promise<void> {
  const wanted = resolve(downloadOptions, given, 'downloadFile');
  const { path, signal, onProgress } = wanted;
  signal?.throwIfAborted();
  if (await isThere(path)) return;
  const { fsPromises: fs, path: paths } = nodeModules('download');
  try {
    await fs.mkdir(paths.dirname(path), { recursive: true });
  } catch (error) {
    throw fileSystemError(error, path, 'making its folder');
  }
  const onWait = (): void => onProgress?.({ phase: 'wait', path, loaded: 0 });
  await withLock(`${path}.lock`, { signal, onWait }, async (locked) => {
    // Another process may have done it while this one waited.
    if (!(await isThere(path))) await transfer({ ...wanted, signal: locked });
  });
}

async function isThere(path: string): Promise<boolean> {
  const kind = await kindOf(path);
  if (kind === 'folder') throw new FileError('io', path, 'is a folder, takes a file');
  return kind === 'file';
}

async function transfer(wanted: ResolvedOptions): Promise<void> {
  const { path, signal, onProgress, check } = wanted;
  const shown = shownAddress(wanted.url);
  const part = new Part(path, wanted.digest === undefined);
  const transfers = new Transfer(wanted, shown, part);
  try {
    await part.takeUp();
    for (;;) {
      await transfers.run();
      const wrong = await wrongDigest(wanted, shown, part, (loaded, total) =>
        onProgress?.({ phase: 'verify', path, loaded, total }),
      );
      const fault = wrong ?? (await faultOf(check, part.path));
      if (fault === undefined) break;
      signal?.throwIfAborted();
      await part.remove();
      if (transfers.fromStart) throw fault;
    }
    await part.finish();
  } catch (error) {
    await part.letGo().catch(() => {});
    signal?.throwIfAborted();
    throw fileSystemError(error, part.path, `downloading ${shown}`);
  }
}

/** The error of a part that has not the digest that it should. */
async function wrongDigest(
  { digest, path, instead, signal }: ResolvedOptions,
  shown: string,
  part: Part,
  onProgress: (loaded: number, total: number) => void,
): Promise<FileError | undefined> {
  const published = part.note.sha256 === undefined ? undefined : `sha256:${part.note.sha256}`;
  const [algorithm, expected] = (digest ?? published)?.toLowerCase().split(':') ?? [];
  if (expected === undefined) return undefined;
  const got = await digestOfFile(algorithm as DigestAlgorithm, part.path, { signal, onProgress });
  if (got.hex === expected) return undefined;
  return new FileError(
    'digest',
    path,
    `what ${shown} sent has ${algorithm} ${got.hex}, expected ${expected}; it was removed. Run again, or ${instead}`,
  );
}

async function faultOf(check: ResolvedOptions['check'], part: string): Promise<unknown> {
  try {
    await check?.(part);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Brings the part up to its full size, over as many connections as it takes. */
class Transfer {
  private readonly wanted: ResolvedOptions;
  private readonly part: Part;
  private readonly context: AnswerContext;
  /** Size of the whole, as far as it is known. */
  private total: number | undefined;
  /** Whether this run fetched the part from its first byte on, so that no earlier run's bytes are in it. */
  fromStart = false;

  constructor(wanted: ResolvedOptions, shown: string, part: Part) {
    this.wanted = wanted;
    this.part = part;
    this.context = { path: wanted.path, shown, instead: wanted.instead };
  }

  async run(): Promise<void> {
    const { path, onProgress, retries, retryDelay, signal } = this.wanted;
    await retrying({
      retries,
      retryDelay,
      signal,
      attempt: () => this.attempt(),
      kept: () => this.part.size(),
      onRetry: (error, delay, loaded) =>
        onProgress?.({ phase: 'retry', path, loaded, ...this.known(), error, delay }),
      gaveUp: (error, failures, kept) => this.gaveUp(error, failures, kept),
    });
  }

  private gaveUp(error: Error, failures: number, kept: number): FileError {
    const { shown, instead } = this.context;
    const of = this.total === undefined ? '' : ` of ${bytes(this.total)}`;
    const rest =
      kept === 0
        ? `Run again, or ${instead}`
        : `${bytes(kept)}${of} are kept in ${this.part.path}; run again to go on, or ${instead}`;
    return new FileError(
      'network',
      this.wanted.path,
      `the download from ${shown} failed ${failures} times in a row: ${error.message}. ${rest}`,
      { cause: error },
    );
  }

  private known(): { total?: number } {
    return this.total === undefined ? {} : { total: this.total };
  }

  private async attempt(): Promise<void> {
    const { part } = this;
    this.total = this.wanted.bytes ?? part.note.bytes;
    let from = await part.size();
    if (this.total !== undefined && from > this.total) {
      await part.remove();
      from = 0;
    }
    // A part that is whole was left by a run that ended before its last step.
    if (from > 0 && from === this.total) return;
    const watchdog = new Watchdog(this.wanted.stallTimeout, this.wanted.signal);
    try {
      const { response, publishedSha256 } = await this.ask(from, watchdog);
      watchdog.restart();
      const { start, whole } = await this.head(response, from);
      this.total = this.wanted.bytes ?? whole;
      const note = {
        validator: strongValidator(response.headers),
        bytes: whole,
        sha256: publishedSha256,
      };
      if (start === 0) {
        await part.begin(note);
        this.fromStart = true;
      } else {
        part.note = { ...part.note, ...note, sha256: publishedSha256 ?? part.note.sha256 };
      }
      await this.receive(response, start, watchdog);
    } finally {
      watchdog.stop();
    }
  }

  private async ask(
    from: number,
    watchdog: Watchdog,
  ): Promise<{ response: Response; publishedSha256: string | undefined }> {
    const { url, headers } = this.wanted;
    try {
      return await follow(url, this.range(from), headers, watchdog);
    } catch (error) {
      if (!(error instanceof BadRedirect)) throw error;
      const { path, shown, instead } = this.context;
      const message = `${shown} ${error.message}; ${instead}`;
      throw new FileError('http', path, message, { cause: error });
    }
  }

  private range(from: number): Record<string, string> {
    // The file's own bytes: an encoding on the way would be undone silently and break places and digest.
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (from > 0) {
      headers['range'] = `bytes=${from}-`;
      const { validator } = this.part.note;
      if (validator !== undefined) headers['if-range'] = validator;
    }
    return headers;
  }

  /** Checks the answer's head and gives the place in the file at which its body begins, and the whole file's size. */
  private async head(
    response: Response,
    from: number,
  ): Promise<{ start: number; whole: number | undefined }> {
    const { path, shown, instead } = this.context;
    const { status, headers } = response;
    if (status === 416 && from > 0) {
      await this.part.remove();
      throw new BrokenConnection(`the server does not have bytes ${from} and on (416)`);
    }
    checkStatus(response, this.context);
    const encoding = headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity') {
      throw new FileError(
        'http',
        path,
        `${shown} sends the file with content-encoding ${encoding}, which changes its bytes; ${instead}`,
      );
    }
    let start = 0;
    let whole = statedLength(headers);
    if (status === 206) {
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
      start = Number(range?.[1] ?? Number.NaN);
      whole = range?.[2] === undefined || range[2] === '*' ? undefined : Number(range[2]);
      await this.checkRange(headers, start, from);
    }
    checkSize(whole, this.wanted, response, this.context);
    return { start, whole };
  }

  /** Throws unless the rest of the file is what was asked for, and of the version that the part is of. */
  private async checkRange(headers: Headers, start: number, from: number): Promise<void> {
    if (from === 0) {
      // Nobody asked for a part, and no other attempt will bring the whole.
      const { path, shown, instead } = this.context;
      throw new FileError(
        'http',
        path,
        `${shown} answered HTTP 206 to a request for all; ${instead}`,
      );
    }
    if (start !== from) {
      // Not the bytes that were asked for: their place is unknown, so start over.
      await this.part.remove();
      throw new BrokenConnection(
        `asked for bytes ${from} and on, the server sent content-range ${headers.get('content-range')}`,
      );
    }
    const { validator } = this.part.note;
    const version = strongValidator(headers);
    if (validator !== undefined && version !== undefined && version !== validator) {
      // The server does not know If-Range: what it sends is the rest of another file.
      await this.part.remove();
      throw new BrokenConnection(`the file changed at the server, to ${version}`);
    }
  }

  private async receive(response: Response, start: number, watchdog: Watchdog): Promise<void> {
    const { fsPromises: fs } = nodeModules('download');
    const { path, maxBytes = Number.POSITIVE_INFINITY, onProgress } = this.wanted;
    const limit = this.total ?? maxBytes;
    const file = await fs.open(this.part.path, 'r+');
    let size = start;
    try {
      onProgress?.({ phase: 'download', path, loaded: size, ...this.known() });
      const reader = (response.body ?? new Blob().stream()).getReader();
      for (;;) {
        const { done, value } = await watchdog.guard(reader.read());
        if (done) break;
        watchdog.count(value.length);
        if (size + value.length > limit) {
          // Bytes of something else: they must not be what the next run goes on from.
          await this.part.remove();
          throw tooMuch(limit, this.total !== undefined, this.context);
        }
        for (let at = 0; at < value.length; ) {
          at += (await file.write(value, at, value.length - at, size + at)).bytesWritten;
        }
        size += value.length;
        onProgress?.({ phase: 'download', path, loaded: size, ...this.known() });
      }
      if (this.total !== undefined && size < this.total) {
        throw new BrokenConnection(
          `the connection ended after ${bytes(size)} of ${bytes(this.total)}`,
        );
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
