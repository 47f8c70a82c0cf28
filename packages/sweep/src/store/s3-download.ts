import type * as S3 from '@aws-sdk/client-s3';
import { ATTEMPTS, type Bucket } from './s3-client.ts';
import { isAbsent } from './s3-error.ts';

/** A file that is being read. */
export interface Download {
  /** Its bytes. A connection that breaks is taken up where it broke. */
  readonly pieces: AsyncGenerator<Uint8Array>;
  /** Its digest, where it was stored by this program. */
  readonly sha256: string | undefined;
}

/**
 * Begins to read a file.
 *
 * @returns undefined where there is none
 * @throws the client's errors, then and while its pieces are read
 */
export async function download(bucket: Bucket, name: string): Promise<Download | undefined> {
  try {
    const first = await ask(bucket, name);
    return { pieces: piecesOf(bucket, name, first), sha256: first.Metadata?.sha256 };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function* piecesOf(
  bucket: Bucket,
  name: string,
  first: S3.GetObjectCommandOutput,
): AsyncGenerator<Uint8Array> {
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
      if (++failures >= ATTEMPTS) throw error;
      await bucket.wait(failures);
      answer = await ask(bucket, name, { from: read, version });
      if (read > 0 && !answer.ContentRange?.startsWith(`bytes ${read}-`)) {
        const what = 'the server did not give the part of the file that it was asked for';
        throw Object.assign(new Error(what, { cause: error }), { code: 'ERR_RANGE' });
      }
    }
  }
}

function ask(
  { library, client, bucket }: Bucket,
  name: string,
  { from, version }: { from: number; version: string | undefined } = { from: 0, version: '' },
): Promise<S3.GetObjectCommandOutput> {
  const rest = from > 0 ? { Range: `bytes=${from}-`, IfMatch: version } : {};
  return client.send(new library.GetObjectCommand({ Bucket: bucket, Key: name, ...rest }));
}
