import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { bytes, fileSystemError, sizeOfFile } from '@mnet/core/files';
import { Parser, type ReadEntry } from 'tar';
import { DataFileError } from './errors.ts';
import type { OnProgress } from './progress.ts';

/** Limits and watchers of {@link unpackTarGz}. */
export interface UnpackOptions {
  /** Most bytes that the archive may unpack to, headers included. */
  readonly maxBytes: number;
  /** Most files and folders in the archive, default 1,000. */
  readonly maxEntries?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Unpacks a .tar.gz into `target`, an empty folder that nobody else writes to. Files and folders
 * are all it takes: a link, a device, an absolute path, a path with `..`, a name that comes twice,
 * or more than `maxBytes` ends it with an error. What was written until then stays for the caller
 * to remove.
 */
export async function unpackTarGz(
  archive: string,
  target: string,
  options: UnpackOptions,
): Promise<void> {
  const { maxBytes, signal, onProgress } = options;
  const total = await sizeOfFile(archive);
  const source = createReadStream(archive, { highWaterMark: 1 << 20 });
  const writer = new EntryWriter(archive, target, options);
  const gunzip = source
    .on('error', (error) => gunzip.destroy(error))
    .pipe(createGunzip({ chunkSize: 1 << 18 }));
  let unpacked = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      unpacked += chunk.length;
      if (unpacked > maxBytes) throw refusal(archive, `unpacks to more than ${bytes(maxBytes)}`);
      writer.write(chunk);
      onProgress?.({ phase: 'unpack', path: archive, loaded: source.bytesRead, total });
    }
    writer.end();
  } catch (error) {
    if (String((error as NodeJS.ErrnoException).code).startsWith('Z_')) {
      throw refusal(archive, `is not a sound gzip file (${(error as Error).message})`, error);
    }
    throw fileSystemError(error, target, `unpacking ${archive}`);
  } finally {
    source.destroy();
    writer.close();
  }
}

/**
 * Takes a tar stream and writes its entries as they come. It writes synchronously: then there is no
 * queue in which an error could be lost, and no second file open.
 */
class EntryWriter {
  private readonly parser: Parser;
  private readonly archive: string;
  private readonly target: string;
  private readonly maxBytes: number;
  private readonly maxEntries: number;
  private head: Buffer | undefined = Buffer.alloc(0);
  private entries = 0;
  private announced = 0;
  private file: number | undefined;
  private failure: unknown;
  private finished = false;

  constructor(
    archive: string,
    target: string,
    { maxBytes, maxEntries = 1_000 }: Pick<UnpackOptions, 'maxBytes' | 'maxEntries'>,
  ) {
    this.archive = archive;
    this.target = target;
    this.maxBytes = maxBytes;
    this.maxEntries = maxEntries;
    this.parser = new Parser({ strict: true, zstd: false });
    this.parser.on(
      'error',
      this.guarded((error: Error) => {
        throw refusal(archive, `is not a sound tar archive (${error.message})`, error);
      }),
    );
    this.parser.on(
      'ignoredEntry',
      this.guarded((entry: ReadEntry) => this.refuseType(entry)),
    );
    this.parser.on(
      'entry',
      this.guarded((entry: ReadEntry) => this.begin(entry)),
    );
    this.parser.on('end', () => {
      this.finished = true;
    });
  }

  write(chunk: Buffer): void {
    this.parser.write(this.sniffed(chunk));
    if (this.failure !== undefined) throw this.failure;
  }

  /** Holds the stream's first two bytes back: the parser would unpack a gzip in the gzip, past the limits. */
  private sniffed(chunk: Buffer): Buffer {
    if (this.head === undefined) return chunk;
    const start = Buffer.concat([this.head, chunk]);
    if (start.length < 2) {
      this.head = start;
      return Buffer.alloc(0);
    }
    if (start[0] === 0x1f && start[1] === 0x8b) {
      throw refusal(this.archive, 'is a gzip file in a gzip file');
    }
    this.head = undefined;
    return start;
  }

  end(): void {
    this.parser.end();
    if (this.failure !== undefined) throw this.failure;
    if (!this.finished) throw refusal(this.archive, 'ends in the middle of a file');
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  /** Runs `listener` until the first failure, which {@link write} throws: a throw in an event may get lost. */
  private guarded<T>(listener: (value: T) => void): (value: T) => void {
    return (value) => {
      if (this.failure !== undefined) return;
      try {
        listener(value);
      } catch (error) {
        this.failure = error;
      }
    };
  }

  private begin(entry: ReadEntry): void {
    if (++this.entries > this.maxEntries) {
      throw refusal(this.archive, `holds more than ${this.maxEntries} entries`);
    }
    this.announced += entry.size;
    if (this.announced > this.maxBytes) {
      throw refusal(this.archive, `holds more than ${bytes(this.maxBytes)}`);
    }
    const path = join(this.target, ...this.segments(entry.path));
    const isFolder = entry.type === 'Directory';
    if (!isFolder && entry.type !== 'File' && entry.type !== 'OldFile') this.refuseType(entry);
    try {
      mkdirSync(isFolder ? path : dirname(path), { recursive: true });
      if (!isFolder) this.file = openSync(path, 'wx', 0o644);
    } catch (error) {
      const code = String((error as NodeJS.ErrnoException).code);
      if (!['EEXIST', 'ENOTDIR', 'EISDIR'].includes(code)) throw error;
      throw refusal(this.archive, `holds '${entry.path}' twice`, error);
    }
    const { file } = this;
    if (file === undefined) {
      entry.resume();
      return;
    }
    entry.on('end', () => this.close());
    entry.on(
      'data',
      this.guarded((data: Buffer) => {
        for (let done = 0; done < data.length; ) done += writeSync(file, data, done);
      }),
    );
  }

  /** An entry's path as segments below the target folder. */
  private segments(path: string): string[] {
    // A backslash or a drive letter is a separator or a root on Windows.
    const outside =
      path.startsWith('/') ||
      /^[a-z]:/i.test(path) ||
      path.includes('\\') ||
      path.includes('\0') ||
      path.split('/').includes('..');
    if (outside) throw refusal(this.archive, `holds '${path}', a path that leaves the folder`);
    return path.split('/').filter((segment) => segment !== '' && segment !== '.');
  }

  private refuseType(entry: ReadEntry): never {
    throw refusal(
      this.archive,
      `holds '${entry.path}', a ${entry.type}; only files and folders are unpacked`,
    );
  }
}

function refusal(archive: string, message: string, cause?: unknown): DataFileError {
  const options = cause === undefined ? undefined : { cause };
  return new DataFileError(
    'archive',
    archive,
    `the archive ${message}. Delete it and fetch it again`,
    options,
  );
}
