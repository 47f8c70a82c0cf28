import { readFile } from 'node:fs/promises';
import type { Reader } from '../pictures/decode.ts';
import { PictureError } from '../pictures/unreadable.ts';
import type { Found } from './walk.ts';

/**
 * Reads files and decodes them with sharp (libvips).
 *
 * @throws Error with the command that installs sharp, where it is not there.
 */
export async function sharpReader(): Promise<Reader<Found>> {
  const { default: sharp } = await import('sharp').catch((error: unknown) => {
    throw new Error(
      'imageFolder: pictures are decoded by the package sharp, which cannot be loaded; write npm install sharp',
      { cause: error },
    );
  });
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
    async decode(bytes, [r, g, b]) {
      try {
        // Of an animation the first frame. The pixels were counted before.
        const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: false })
          .autoOrient()
          .toColourspace('srgb')
          .flatten({ background: { r, g, b } })
          .raw({ depth: 'uchar' })
          .toBuffer({ resolveWithObject: true });
        const { width, height, channels } = info;
        if (channels !== 3) throw new Error(`got ${channels} channels`);
        return { data, width, height, channels };
      } catch (error) {
        throw new PictureError(
          `cannot be decoded: ${(error as Error).message.replaceAll('\n', ' ')}`,
          { cause: error },
        );
      }
    },
  };
}
