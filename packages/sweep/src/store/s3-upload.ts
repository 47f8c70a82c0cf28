import { digest } from '@mnet/core/files';
import { eachAtOnce } from '../at-once.ts';
import { piecesOf } from './local-file.ts';
import type { Bucket } from './s3-client.ts';
import { attemptsOf, statusOf } from './s3-error.ts';
import { StoreError } from './store-error.ts';

/** Above this, a file is sent in pieces of this size. */
export const PIECE: number = 8 * 2 ** 20;
/** What one upload may have. */
const MOST_PIECES = 10_000;
/** Pieces of one file that are sent at once. */
const AT_ONCE = 4;
/** Uploads that were begun so long ago are a killed writer's, in milliseconds. */
const LEFT = 24 * 3600_000;

/** A local file that is to be stored. */
export interface Upload {
  /** Its name in the bucket. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Stores a file in pieces; it is there when the last request says so.
 *
 * @throws StoreError where the file has another digest; the client's errors
 */
export async function uploadInPieces(
  { library, client, bucket }: Bucket,
  { name, path, size, sha256 }: Upload,
): Promise<void> {
  const {
    AbortMultipartUploadCommand,
    CompleteMultipartUploadCommand,
    CreateMultipartUploadCommand,
    HeadObjectCommand,
    UploadPartCommand,
  } = library;
  const object = { Bucket: bucket, Key: name };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...object, Metadata: { sha256 } }),
  );
  const upload = { ...object, UploadId };
  const mebibytes = Math.ceil(size / MOST_PIECES / 2 ** 20);
  const { pieces, hash } = hashed(piecesOf(path, Math.max(PIECE, mebibytes * 2 ** 20), size));
  try {
    const tags: { PartNumber: number; ETag: string | undefined }[] = [];
    await eachAtOnce(pieces, AT_ONCE, async ({ piece, number }) => {
      const { ETag } = await client.send(
        new UploadPartCommand({ ...upload, PartNumber: number, Body: piece }),
      );
      tags.push({ PartNumber: number, ETag });
    });
    if (hash.hex() !== sha256) throw changed(path);
    const Parts = tags.toSorted((a, b) => a.PartNumber - b.PartNumber);
    await client.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
    );
  } catch (error) {
    // Where the answer to the first try of the last request was lost, the upload is no more, since the file is there.
    if (statusOf(error) === 404 && attemptsOf(error) > 1) {
      const head = await client.send(new HeadObjectCommand(object)).catch(() => undefined);
      if (head?.Metadata?.sha256 === sha256) return;
    }
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}

/**
 * Frees what uploads hold whose writer was killed more than a day ago. A bucket's rule can do the same; a server or user that may not list
 * them is let be.
 */
export async function abortLeft({ library, client, bucket, prefix }: Bucket): Promise<void> {
  const { AbortMultipartUploadCommand, ListMultipartUploadsCommand } = library;
  try {
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }),
    );
    for (const { Key, UploadId, Initiated } of Uploads) {
      if (!Initiated || Date.now() - Initiated.getTime() < LEFT) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    }
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
  }
}

/** That a local file is not what was to be stored. */
export function changed(path: string): StoreError {
  return new StoreError('changed', path, 'changed while it was stored', { retriable: true });
}

/** Numbers pieces from 1, and hashes them as they pass. */
function hashed(pieces: AsyncIterable<Uint8Array>): {
  pieces: AsyncGenerator<{ piece: Uint8Array; number: number }>;
  hash: { hex(): string };
} {
  const hash = digest('sha256');
  async function* numbered(): AsyncGenerator<{ piece: Uint8Array; number: number }> {
    let number = 0;
    for await (const piece of pieces) {
      hash.update(piece);
      yield { piece, number: ++number };
    }
  }
  return { pieces: numbered(), hash };
}
