import { readFile } from 'node:fs/promises';
import type { Reader } from '../pictures/decode.ts';
import { PictureError } from '../pictures/unreadable.ts';
import { pictureDecoder } from './picture-decoder.ts';
import type { Found } from './walk.ts';

/**
 * Reads files and decodes them with sharp (libvips).
 *
 * @throws Error with the command that installs sharp, where it is not there.
 */
export async function sharpReader(): Promise<Reader<Found>> {
  // The pixels are counted before.
  const decoder = await pictureDecoder('imageFolder', false);
  return {
    async read(file, signal) {
      if ('broken' in file) throw new PictureError(file.broken);
      try {
        return await readFile(file.path, signal && { signal });
      } catch (error) {
        signal?.throwIfAborted();
        throw new PictureError(`cannot be read: ${(error as Error).message}`, { cause: error });
      }
    },
    async decode(bytes, background) {
      try {
        return await decoder(bytes, background);
      } catch (error) {
        throw new PictureError(
          `cannot be decoded: ${(error as Error).message.replaceAll('\n', ' ')}`,
          { cause: error },
        );
      }
    },
  };
}
