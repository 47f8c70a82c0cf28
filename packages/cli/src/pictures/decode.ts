import type { Pixels } from '@mnet/models';
import type { default as Sharp } from 'sharp';

/** Gives the pixels of a picture file: upright, RGB, on white where it is transparent. */
export type Decode = (path: string) => Promise<Pixels>;

/**
 * Decodes JPEG, PNG, WebP and what else sharp reads.
 *
 * @throws Error with the command that installs sharp, where it is not there.
 */
export async function pictureDecoder(): Promise<Decode> {
  const sharp = await loadSharp();
  return async (path) => {
    const { data, info } = await sharp(path, { failOn: 'error' })
      .autoOrient()
      .toColourspace('srgb')
      .flatten({ background: 'white' })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: info.channels };
  };
}

async function loadSharp(): Promise<typeof Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    throw new Error(
      'classify: pictures are decoded by the package sharp, which cannot be loaded; write npm install sharp',
      { cause: error },
    );
  }
}
