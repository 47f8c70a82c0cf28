import { bytes, FileError, fileSystemError } from './errors.ts';
import { sizeOfFile } from './kind.ts';
import { nodeModules } from './node.ts';

/**
 * A file's bytes, after a look at what it is: a pipe may wait for ever, a device has no end.
 *
 * @param maxBytes a larger file is refused before it is read
 * @throws FileError that names the file: `missing`, `size`, or `io`
 */
export async function readWhole(
  path: string,
  maxBytes: number = 2 ** 31 - 1,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { fsPromises: fs } = nodeModules('files');
  const size = await sizeOfFile(path);
  if (size > maxBytes) {
    throw new FileError('size', path, `${bytes(size)}, over the limit of ${bytes(maxBytes)}`);
  }
  try {
    return await fs.readFile(path, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw fileSystemError(error, path, 'reading');
  }
}
