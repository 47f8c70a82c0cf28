import fs from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  digest,
  fileSystemError,
  renameFlushed,
  sizeOfFile,
  temporaryName,
} from '@mnet/core/files';

/** How much of a local file is read at once, in bytes. */
const PIECE = 1 << 20;

/** What was written. */
export interface Written {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * A local file's bytes in pieces.
 *
 * @param size of a piece, in bytes
 * @param most bytes that are read, of a file that may grow
 * @throws FileError that names the file
 */
export async function* piecesOf(
  path: string,
  size = PIECE,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  await sizeOfFile(path);
  const failed = (error: unknown): unknown => fileSystemError(error, path, 'reading');
  const handle = await fs.open(path).catch((error: unknown) => {
    throw failed(error);
  });
  try {
    for (let left = most; left > 0; ) {
      // A piece of its own each time: whoever sends it may still hold it when the next is read.
      const piece = new Uint8Array(Math.min(size, left));
      let filled = 0;
      while (filled < piece.length) {
        const { bytesRead } = await handle
          .read(piece, filled, piece.length - filled)
          .catch((error: unknown) => {
            throw failed(error);
          });
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      left -= filled;
      if (filled > 0) yield piece.subarray(0, filled);
      if (filled < piece.length) return;
    }
  } finally {
    await handle.close();
  }
}

/** The SHA-256 of bytes that come in pieces. */
export async function digestOfPieces(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = digest('sha256');
  for await (const piece of pieces) hash.update(piece);
  return hash.hex();
}

/**
 * Writes a file that is not there, flushed to the disk. What is left where it fails is the caller's to remove.
 *
 * @throws the file system's error, or that of the pieces
 */
export async function writeNew(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<Written> {
  const hash = digest('sha256');
  let bytes = 0;
  const handle = await fs.open(path, 'wx');
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      await handle.writeFile(piece);
      bytes += piece.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.hex(), bytes };
}

/**
 * Writes a local file, which gets its name when all of it is on the disk and `check` has nothing against it.
 *
 * @throws FileError that names the file, or what the pieces or the check throw; nothing stays
 */
export async function writeChecked(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  check: (written: Written) => void,
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await fs.mkdir(dirname(path), { recursive: true });
    check(await writeNew(temporary, pieces));
    await renameFlushed(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw fileSystemError(error, path, 'writing');
  }
}

/** What a disk says that failed; where folders cannot be opened or flushed, as on Windows, there is nothing to do. */
const faults = ['EIO', 'ENOSPC', 'EDQUOT', 'ESTALE'];

/** Flushes the names in a folder to the disk. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await fs.open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (faults.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
