import { randomUUID } from 'node:crypto';
import type * as S3 from '@aws-sdk/client-s3';
import { digest, digestOfFile, pause, sha256 as sha256Of, sizeOfFile } from '@mnet/core/files';
import { eachAtOnce } from './at-once.ts';
import { checkKey, checkPrefix, isKey, isKeyPart } from './keys.ts';
import { piecesOf, writeChecked, type Written } from './local-file.ts';
import type { Expected, ObjectStore, StoredFile } from './object-store.ts';
import type { S3Address } from './s3-address.ts';
import { attemptsOf, isAbsent, s3Error, statusOf } from './s3-error.ts';
import { nameOf, StoreError } from './store-error.ts';

// A bucket as a store. What a call costs, in requests:
//
//   opening            1 LIST (credentials, bucket); for writing 2 PUT and 1 DELETE more (is it writable, does it know If-None-Match),
//                      and 1 LIST of uploads that killed writers left
//   put, putFile       1 PUT up to 8 MiB; above that 1 PUT for each 8 MiB, and 2 POST
//   put, ifAbsent      1 PUT; where the server ignores If-None-Match, 1 HEAD, 1 PUT and 1 GET
//   get, getFile       1 GET, and 1 more each time that the connection broke
//   has, remove        1 HEAD, 1 DELETE
//   list, folders      1 LIST for each 1,000 names
//
// Uploads go from memory, in pieces, and never as a stream: so the client can send them again, and their SHA-256 is part of the
// signature, which every server checks. A file's SHA-256 is kept in its metadata and checked by whoever reads it. The client's own
// checksums (x-amz-checksum-…) are off, as several servers refuse or do not know them.

/** Above this, a file is sent in pieces of this size. */
export const PIECE: number = 8 * 2 ** 20;
/** What one upload may have. */
const MOST_PIECES = 10_000;
/** Pieces of one file that are sent at once. */
const AT_ONCE = 4;
/** How often the client tries; it waits between, up to 20 s. */
const ATTEMPTS = 5;
/** Uploads that were begun so long ago are a killed writer's, in milliseconds. */
const LEFT = 24 * 3600_000;

/** How a bucket is opened. */
export interface S3StoreOptions {
  /** Nothing is written. */
  readonly readOnly?: boolean;
  /** How long a connection may be silent, in milliseconds; default 60,000. */
  readonly silence?: number;
  /** How long the first wait before another try is, in milliseconds; default 500. */
  readonly firstWait?: number;
}

/**
 * Opens a bucket as a store, with credentials, region and endpoint from where AWS's client finds them.
 *
 * @throws StoreError where it cannot be reached, read or written; Error where the client is not installed
 */
export async function openS3Store(
  address: S3Address,
  { readOnly = false, silence = 60_000, firstWait = 500 }: S3StoreOptions = {},
): Promise<ObjectStore> {
  const library = await importClient();
  const { region, endpoint, pathStyle } = address;
  const elsewhere =
    endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL ?? '';
  const named = region ?? (process.env.AWS_REGION ? undefined : process.env.AWS_DEFAULT_REGION);
  const client = new library.S3Client({
    ...(named === undefined ? {} : { region: named }),
    ...(endpoint === undefined ? {} : { endpoint }),
    // Servers that are not AWS seldom have a name for each bucket.
    forcePathStyle: pathStyle ?? elsewhere !== '',
    maxAttempts: ATTEMPTS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 10_000, socketTimeout: silence },
  });
  const store = new S3Store(library, client, address, firstWait);
  try {
    await store.open(readOnly);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

type Library = typeof S3;

async function importClient(): Promise<Library> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw new Error(
      'store: s3:// needs the package @aws-sdk/client-s3, which is not installed: npm install @aws-sdk/client-s3',
      { cause },
    );
  }
}

/** A file that is being read. */
interface Reading {
  readonly pieces: AsyncGenerator<Uint8Array>;
  /** Its digest, where it was stored by this program. */
  readonly sha256: string | undefined;
}

class S3Store implements ObjectStore {
  readonly place: string;
  readonly #library: Library;
  readonly #client: S3.S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #firstWait: number;
  /** Whether the server heeds `If-None-Match: *`. */
  #conditional = true;

  constructor(library: Library, client: S3.S3Client, address: S3Address, firstWait: number) {
    this.#library = library;
    this.#client = client;
    this.#bucket = address.bucket;
    this.#prefix = address.prefix;
    this.#firstWait = firstWait;
    this.place = `s3://${address.bucket}/${address.prefix}`.replace(/\/$/, '');
  }

  async open(readOnly: boolean): Promise<void> {
    const { ListObjectsV2Command } = this.#library;
    await this.#told('', 'opening the store', () =>
      this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix, MaxKeys: 1 }),
      ),
    );
    if (readOnly) return;
    await this.#told('', 'trying whether it can be written', () => this.#probe());
    await this.#abortLeft();
  }

  async put(
    key: string,
    content: string | Uint8Array,
    { ifAbsent = false }: { ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    checkKey(key);
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return this.#told(key, 'writing', async () => {
      if (!ifAbsent) await this.#putWhole(this.#prefix + key, bytes, sha256Of([bytes]));
      else if (this.#conditional) return this.#putIfAbsent(key, bytes);
      else {
        // Not one step: of two writers at the same moment both may find none. The last one's content stands then, and each of
        // them that reads after that knows.
        if (await this.has(key)) return false;
        await this.#putWhole(this.#prefix + key, bytes, sha256Of([bytes]));
        return this.#holds(key, bytes);
      }
      return true;
    });
  }

  async putFile(key: string, path: string, expected: Expected = {}): Promise<void> {
    checkKey(key);
    const size = await sizeOfFile(path);
    const sha256 = expected.sha256 ?? (await digestOfFile('sha256', path)).hex;
    await this.#told(key, 'writing', async () => {
      if (size > PIECE) return this.#putPieces(key, path, size, sha256);
      const pieces = [];
      for await (const piece of piecesOf(path, PIECE)) pieces.push(piece);
      const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
      if (sha256Of([bytes]) !== sha256) throw changed(path);
      return this.#putWhole(this.#prefix + key, bytes, sha256);
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    checkKey(key);
    const reading = await this.#read(key);
    if (reading === undefined) return undefined;
    const pieces = [];
    for await (const piece of reading.pieces) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    this.#check(key, reading.sha256, sha256Of([bytes]));
    return bytes;
  }

  async getFile(key: string, path: string, expected: Expected = {}): Promise<boolean> {
    checkKey(key);
    const reading = await this.#read(key);
    if (reading === undefined) return false;
    await writeChecked(path, reading.pieces, ({ sha256 }: Written) => {
      this.#check(key, reading.sha256, sha256);
      this.#check(key, expected.sha256, sha256);
    });
    return true;
  }

  async has(key: string): Promise<boolean> {
    checkKey(key);
    const { HeadObjectCommand } = this.#library;
    return this.#told(key, 'looking for it', async () => {
      try {
        await this.#client.send(new HeadObjectCommand(this.#object(key)));
        return true;
      } catch (error) {
        // An answer to HEAD has no words: opening has seen that the bucket is there.
        if (isAbsent(error)) return false;
        throw error;
      }
    });
  }

  async *list(prefix: string): AsyncIterable<StoredFile> {
    checkPrefix(prefix);
    for await (const { Contents = [] } of this.#pages(prefix)) {
      for (const { Key = '', Size = 0 } of Contents) {
        const key = Key.slice(this.#prefix.length);
        if (isKey(key)) yield { key, bytes: Size };
      }
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    checkPrefix(prefix);
    const cut = this.#prefix.length + prefix.lastIndexOf('/') + 1;
    for await (const { CommonPrefixes = [] } of this.#pages(prefix, '/')) {
      for (const { Prefix = '' } of CommonPrefixes) {
        const name = Prefix.slice(cut, -1);
        if (isKeyPart(name)) yield name;
      }
    }
  }

  async remove(key: string): Promise<void> {
    checkKey(key);
    const { DeleteObjectCommand } = this.#library;
    await this.#told(key, 'removing', () =>
      this.#client.send(new DeleteObjectCommand(this.#object(key))),
    );
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  async #told<T>(key: string, doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw s3Error(error, { place: this.place, bucket: this.#bucket }, key, doing);
    }
  }

  /** @throws StoreError where there is a digest and it is another */
  #check(key: string, expected: string | undefined, sha256: string): void {
    if (expected === undefined || expected === sha256) return;
    throw new StoreError(
      'damaged',
      nameOf(this.place, key),
      `has the digest ${sha256}, was stored with ${expected}`,
      { retriable: false },
    );
  }

  // Looks whether the bucket can be written to, and whether the server heeds If-None-Match.
  async #probe(): Promise<void> {
    const { DeleteObjectCommand } = this.#library;
    const name = `${this.#prefix}.mnet-probe-${randomUUID()}`;
    const bytes = Buffer.from('mnet sweep tries whether this bucket can be written\n');
    await this.#putWhole(name, bytes, sha256Of([bytes]));
    try {
      await this.#putWhole(name, bytes, sha256Of([bytes]), true);
      // It wrote what it should not have.
      this.#conditional = false;
    } catch (error) {
      const status = statusOf(error);
      if (status === 400 || status === 501) this.#conditional = false;
      else if (status !== 412) throw error;
    }
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: name }));
  }

  /** Frees what uploads hold whose writer was killed. A bucket's rule can do the same; some servers and users may not list them. */
  async #abortLeft(): Promise<void> {
    const { AbortMultipartUploadCommand, ListMultipartUploadsCommand } = this.#library;
    try {
      const { Uploads = [] } = await this.#client.send(
        new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: this.#prefix }),
      );
      for (const { Key, UploadId, Initiated } of Uploads) {
        if (!Initiated || Date.now() - Initiated.getTime() < LEFT) continue;
        await this.#client.send(
          new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId }),
        );
      }
    } catch (error) {
      if (statusOf(error) === undefined)
        throw s3Error(error, this.#names(), '', 'opening the store');
    }
  }

  #names(): { place: string; bucket: string } {
    return { place: this.place, bucket: this.#bucket };
  }

  async #putWhole(name: string, bytes: Uint8Array, sha256: string, absent = false): Promise<void> {
    const { PutObjectCommand } = this.#library;
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: name,
        Body: bytes,
        Metadata: { sha256 },
        ...(absent ? { IfNoneMatch: '*' } : {}),
      }),
    );
  }

  async #putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#putWhole(this.#prefix + key, bytes, sha256Of([bytes]), true);
        return true;
      } catch (error) {
        const status = statusOf(error);
        if (status === 412) {
          // Where the answer to the first try was lost, the second finds the file that the first wrote.
          return attemptsOf(error) > 1 || attempt > 1 ? this.#holds(key, bytes) : false;
        }
        // Two writers at the same moment: whoever is told so may try again.
        if (status !== 409 || attempt === ATTEMPTS) throw error;
        await this.#wait(attempt);
      }
    }
  }

  async #holds(key: string, bytes: Uint8Array): Promise<boolean> {
    const found = await this.get(key);
    return found !== undefined && Buffer.compare(found, bytes) === 0;
  }

  async #putPieces(key: string, path: string, size: number, sha256: string): Promise<void> {
    const {
      AbortMultipartUploadCommand,
      CompleteMultipartUploadCommand,
      CreateMultipartUploadCommand,
      UploadPartCommand,
    } = this.#library;
    const object = this.#object(key);
    const mebibytes = Math.ceil(size / MOST_PIECES / 2 ** 20);
    const pieces = piecesOf(path, Math.max(PIECE, mebibytes * 2 ** 20));
    const { UploadId } = await this.#client.send(
      new CreateMultipartUploadCommand({ ...object, Metadata: { sha256 } }),
    );
    const upload = { ...object, UploadId };
    try {
      const tags: { PartNumber: number; ETag: string | undefined }[] = [];
      const hashed = hashing(pieces);
      await eachAtOnce(hashed.pieces, AT_ONCE, async ({ piece, number }) => {
        const { ETag } = await this.#client.send(
          new UploadPartCommand({ ...upload, PartNumber: number, Body: piece }),
        );
        tags.push({ PartNumber: number, ETag });
      });
      if (hashed.sha256() !== sha256) throw changed(path);
      const Parts = tags.toSorted((a, b) => a.PartNumber - b.PartNumber);
      await this.#client.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
      );
    } catch (error) {
      // Where the answer to the first try of the last request was lost, the upload is no more, since the file is there.
      if (statusOf(error) === 404 && attemptsOf(error) > 1 && (await this.#isStored(key, sha256))) {
        return;
      }
      await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
      throw error;
    }
  }

  async #isStored(key: string, sha256: string): Promise<boolean> {
    const { HeadObjectCommand } = this.#library;
    const head = await this.#client
      .send(new HeadObjectCommand(this.#object(key)))
      .catch(() => undefined);
    return head?.Metadata?.sha256 === sha256;
  }

  /** Begins to read a file; undefined where there is none. A connection that breaks is taken up where it broke. */
  async #read(key: string): Promise<Reading | undefined> {
    const first = await this.#told(key, 'reading', async () => {
      try {
        return await this.#get(key);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    });
    if (first === undefined) return undefined;
    return { pieces: this.#pieces(key, first), sha256: first.Metadata?.sha256 };
  }

  async *#pieces(key: string, first: S3.GetObjectCommandOutput): AsyncGenerator<Uint8Array> {
    const { ContentLength: length, ETag: version } = first;
    let answer = first;
    let read = 0;
    let failures = 0;
    for (;;) {
      try {
        for await (const piece of answer.Body as AsyncIterable<Uint8Array>) {
          read += piece.length;
          failures = 0;
          yield piece;
        }
        if (length === undefined || read >= length) return;
        throw Object.assign(new Error(`${read} of ${length} bytes came`), { code: 'ECONNRESET' });
      } catch (error) {
        await this.#told(key, 'reading', async () => {
          if (++failures >= ATTEMPTS) throw error;
          await this.#wait(failures);
          answer = await this.#get(key, read, version);
          if (read > 0 && !answer.ContentRange?.startsWith(`bytes ${read}-`)) {
            const what = 'the server did not give the part of the file that it was asked for';
            throw new Error(what, { cause: error });
          }
        });
      }
    }
  }

  #get(key: string, from = 0, version?: string): Promise<S3.GetObjectCommandOutput> {
    const { GetObjectCommand } = this.#library;
    return this.#client.send(
      new GetObjectCommand({
        ...this.#object(key),
        ...(from > 0 ? { Range: `bytes=${from}-`, IfMatch: version } : {}),
      }),
    );
  }

  async *#pages(prefix: string, delimiter?: string) {
    const { ListObjectsV2Command } = this.#library;
    let token: string | undefined;
    do {
      const page = await this.#told(prefix.replace(/\/$/, ''), 'listing', () =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#prefix + prefix,
            ContinuationToken: token,
            ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
          }),
        ),
      );
      yield page;
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  #wait(failures: number): Promise<void> {
    // Half of it is drawn, so that a thousand workers do not come back together.
    return pause(this.#firstWait * 2 ** (failures - 1) * (0.5 + Math.random() / 2));
  }
}

/** Numbers pieces from 1, and hashes them as they pass. */
function hashing(pieces: AsyncIterable<Uint8Array>): {
  pieces: AsyncGenerator<{ piece: Uint8Array; number: number }>;
  sha256(): string;
} {
  const hash = digest('sha256');
  return {
    pieces: (async function* numbered() {
      let number = 0;
      for await (const piece of pieces) {
        hash.update(piece);
        yield { piece, number: ++number };
      }
    })(),
    sha256: () => hash.hex(),
  };
}

function changed(path: string): StoreError {
  return new StoreError('changed', path, 'changed while it was stored', { retriable: true });
}
