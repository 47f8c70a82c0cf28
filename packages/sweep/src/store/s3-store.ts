import { randomUUID } from 'node:crypto';
import type * as S3 from '@aws-sdk/client-s3';
import { sha256 as sha256Of, sizeOfFile } from '@mnet/core/files';
import { checkKey, checkPrefix, isKey } from './keys.ts';
import { digestOfPieces, piecesOf, writeChecked } from './local-file.ts';
import type { Expected, ExpectedFile, ObjectStore, StoredFile } from './object-store.ts';
import type { S3Address } from './s3-address.ts';
import { ATTEMPTS, type Bucket, connect, type Connection } from './s3-client.ts';
import { download } from './s3-download.ts';
import { attemptsOf, isAbsent, s3Error, statusOf } from './s3-error.ts';
import { abortLeft, changed, PIECE, uploadInPieces } from './s3-upload.ts';
import { nameOf, StoreError } from './store-error.ts';

// A bucket as a store. What a call costs, in requests:
//
//   opening            1 LIST (credentials, bucket); for writing 2 PUT and 1 DELETE more (is it writable, does it know If-None-Match),
//                      and 1 LIST of uploads that killed writers left
//   put                1 PUT; with ifAbsent, where the server ignores If-None-Match, 1 HEAD, 1 PUT and 1 GET
//   putFile            1 PUT up to 8 MiB; above that 1 PUT for each 8 MiB, and 2 POST
//   get, getFile       1 GET, and 1 more each time that the connection broke
//   has, remove        1 HEAD, 1 DELETE
//   list               1 LIST for each 1,000 names
//
// Uploads go from memory, in pieces, and never as a stream: so the client can send them again, and their SHA-256 is part of the
// signature, which every server checks. A file's SHA-256 is kept in its metadata and checked by whoever reads it.

/** How a bucket is opened. */
export interface S3StoreOptions extends Connection {
  /** Nothing is written. */
  readonly readOnly?: boolean;
}

/**
 * Opens a bucket as a store, with credentials, region and endpoint from where AWS's client finds them.
 *
 * @throws StoreError where it cannot be reached, read or written; Error where the client is not installed
 */
export async function openS3Store(
  address: S3Address,
  { readOnly = false, ...connection }: S3StoreOptions = {},
): Promise<ObjectStore> {
  const store = new S3Store(await connect(address, connection));
  try {
    await store.open(readOnly);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

class S3Store implements ObjectStore {
  readonly place: string;
  readonly #bucket: Bucket;
  /** Whether the server heeds `If-None-Match: *`. */
  #conditional = true;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
    this.place = `s3://${bucket.bucket}/${bucket.prefix}`.replace(/\/$/, '');
  }

  async open(readOnly: boolean): Promise<void> {
    const { client, library, bucket, prefix } = this.#bucket;
    const list = { Bucket: bucket, Prefix: prefix, MaxKeys: 1 };
    await this.#told('', 'opening the store', () =>
      client.send(new library.ListObjectsV2Command(list)),
    );
    if (readOnly) return;
    await this.#told('', 'trying whether it can be written', () => this.#probe());
    await this.#told('', 'opening the store', () => abortLeft(this.#bucket));
  }

  async put(
    key: string,
    content: string | Uint8Array,
    { ifAbsent = false }: { ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    checkKey(key);
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const { Key: name } = this.#object(key);
    return this.#told(key, 'writing', async () => {
      if (ifAbsent && this.#conditional) return this.#putIfAbsent(key, bytes);
      if (ifAbsent && (await this.has(key))) return false;
      await this.#putWhole(name, bytes);
      // Not one step: of two writers at the same moment both may have found none. The last one's content stands then, and each of them
      // that reads after that knows.
      return !ifAbsent || this.#holds(key, bytes);
    });
  }

  async putFile(key: string, path: string, expected: ExpectedFile = {}): Promise<void> {
    checkKey(key);
    const { Key: name } = this.#object(key);
    const size = Math.min(await sizeOfFile(path), expected.bytes ?? Number.POSITIVE_INFINITY);
    const sha256 = expected.sha256 ?? (await digestOfPieces(piecesOf(path, PIECE, size)));
    await this.#told(key, 'writing', async () => {
      if (size > PIECE) return uploadInPieces(this.#bucket, { name, path, size, sha256 });
      const pieces = [];
      for await (const piece of piecesOf(path, PIECE, size)) pieces.push(piece);
      const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
      if (sha256Of([bytes]) !== sha256) throw changed(path);
      return this.#putWhole(name, bytes);
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    checkKey(key);
    return this.#told(key, 'reading', async () => {
      const found = await download(this.#bucket, this.#object(key).Key);
      if (found === undefined) return undefined;
      const pieces = [];
      for await (const piece of found.pieces) pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      this.#check(key, found.sha256, sha256Of([bytes]));
      return bytes;
    });
  }

  async getFile(key: string, path: string, expected: Expected = {}): Promise<boolean> {
    checkKey(key);
    return this.#told(key, 'reading', async () => {
      const found = await download(this.#bucket, this.#object(key).Key);
      if (found === undefined) return false;
      await writeChecked(path, found.pieces, ({ sha256 }) => {
        this.#check(key, found.sha256, sha256);
        this.#check(key, expected.sha256, sha256);
      });
      return true;
    });
  }

  async has(key: string): Promise<boolean> {
    checkKey(key);
    const { client, library } = this.#bucket;
    return this.#told(key, 'looking for it', async () => {
      try {
        await client.send(new library.HeadObjectCommand(this.#object(key)));
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
        const key = Key.slice(this.#bucket.prefix.length);
        if (isKey(key)) yield { key, bytes: Size };
      }
    }
  }

  async remove(key: string): Promise<void> {
    checkKey(key);
    const { client, library } = this.#bucket;
    await this.#told(key, 'removing', () =>
      client.send(new library.DeleteObjectCommand(this.#object(key))),
    );
  }

  async close(): Promise<void> {
    this.#bucket.client.destroy();
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket.bucket, Key: this.#bucket.prefix + key };
  }

  async #told<T>(key: string, doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw s3Error(error, { place: this.place, bucket: this.#bucket.bucket }, key, doing);
    }
  }

  /** @throws StoreError where there is a digest and it is another */
  #check(key: string, expected: string | undefined, sha256: string): void {
    if (expected === undefined || expected === sha256) return;
    const what = `has the digest ${sha256}, was stored with ${expected}`;
    throw new StoreError('damaged', nameOf(this.place, key), what, { retriable: false });
  }

  /** Looks whether the bucket can be written to, and whether the server heeds If-None-Match. */
  async #probe(): Promise<void> {
    const { client, library, bucket, prefix } = this.#bucket;
    const name = `${prefix}.mnet-probe-${randomUUID()}`;
    const bytes = Buffer.from('mnet sweep tries whether this bucket can be written\n');
    await this.#putWhole(name, bytes);
    try {
      await this.#putWhole(name, bytes, { IfNoneMatch: '*' });
      // It wrote what it should not have.
      this.#conditional = false;
    } catch (error) {
      const status = statusOf(error);
      if (status === 400 || status === 501) this.#conditional = false;
      else if (status !== 412) throw error;
    }
    await client.send(new library.DeleteObjectCommand({ Bucket: bucket, Key: name }));
  }

  async #putWhole(name: string, bytes: Uint8Array, how: { IfNoneMatch?: '*' } = {}): Promise<void> {
    const { client, library, bucket } = this.#bucket;
    const Metadata = { sha256: sha256Of([bytes]) };
    await client.send(
      new library.PutObjectCommand({ Bucket: bucket, Key: name, Body: bytes, Metadata, ...how }),
    );
  }

  async #putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#putWhole(this.#object(key).Key, bytes, { IfNoneMatch: '*' });
        return true;
      } catch (error) {
        const status = statusOf(error);
        if (status === 412) {
          // Where the answer to the first try was lost, the second finds the file that the first wrote.
          return attemptsOf(error) > 1 || attempt > 1 ? this.#holds(key, bytes) : false;
        }
        // Two writers at the same moment: whoever is told so may try again.
        if (status !== 409 || attempt === ATTEMPTS) throw error;
        await this.#bucket.wait(attempt);
      }
    }
  }

  async #holds(key: string, bytes: Uint8Array): Promise<boolean> {
    const found = await this.get(key);
    return found !== undefined && Buffer.compare(found, bytes) === 0;
  }

  async *#pages(prefix: string): AsyncGenerator<S3.ListObjectsV2CommandOutput> {
    const { client, library, bucket } = this.#bucket;
    let token: string | undefined;
    do {
      const list = {
        Bucket: bucket,
        Prefix: this.#bucket.prefix + prefix,
        ContinuationToken: token,
      };
      const page = await this.#told(prefix.replace(/\/$/, ''), 'listing', () =>
        client.send(new library.ListObjectsV2Command(list)),
      );
      yield page;
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }
}
