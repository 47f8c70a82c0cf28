import fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digest } from '@mnet/core/files';
import { StoreError } from '../store/store-error.ts';
import { type Input, sayInput } from './input.ts';

/**
 * Writes an input's files from their content in sequence. They are not flushed one by one, which for a folder of pictures takes minutes: a
 * file that is lost with the machine's power has another size or digest, and both are looked at before an input is used.
 *
 * @param folder an empty folder
 * @throws StoreError where a file is not what the input says; the file system's errors
 */
export async function unpack(
  pieces: AsyncIterable<Uint8Array>,
  input: Input,
  folder: string,
): Promise<void> {
  const root = input.kind === 'folder' ? join(folder, input.name) : folder;
  for (const path of ['', ...input.empty]) await fs.mkdir(join(root, path), { recursive: true });
  const reader = pieces[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array();
  const made = new Set<string>();
  try {
    for (const { path, bytes, sha256 } of input.files) {
      const file = join(root, path);
      const parent = dirname(file);
      if (!made.has(parent)) await fs.mkdir(parent, { recursive: true });
      made.add(parent);
      const hash = digest('sha256');
      const handle = await fs.open(file, 'wx');
      try {
        for (let left = bytes; left > 0; ) {
          if (piece.length === 0) {
            const next = await reader.next();
            if (next.done === true) break;
            piece = next.value;
          }
          const part = piece.subarray(0, left);
          piece = piece.subarray(part.length);
          left -= part.length;
          hash.update(part);
          await handle.writeFile(part);
        }
      } finally {
        await handle.close();
      }
      if (hash.hex() === sha256) continue;
      const what = `of ${sayInput(input)} is not what the store says of it`;
      throw new StoreError('damaged', path, what, { retriable: false });
    }
  } finally {
    await reader.return?.();
  }
}
