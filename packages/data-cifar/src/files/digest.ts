import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileSystemError } from './errors.ts';
import { sizeOfFile } from './kind.ts';
import type { OnProgress } from './progress.ts';

/** How a digest is watched and stopped. */
export interface DigestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** The MD5 of a file, as 32 hexadecimal digits, with its size in bytes. */
export async function md5OfFile(
  path: string,
  { signal, onProgress }: DigestOptions = {},
): Promise<{ md5: string; bytes: number }> {
  const hash = createHash('md5');
  const total = await sizeOfFile(path);
  let loaded = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      signal?.throwIfAborted();
      const data = chunk as Buffer;
      hash.update(data);
      loaded += data.length;
      onProgress?.({ phase: 'verify', path, loaded, total });
    }
  } catch (error) {
    throw fileSystemError(error, path, 'reading');
  }
  return { md5: hash.digest('hex'), bytes: loaded };
}
