import type { Colour, Decoded } from '../pictures/decode.ts';

/** Gives the pixels of a picture's file, by its path or its bytes, laid on `background` (default white). */
export type PictureDecoder = (file: string | Uint8Array, background?: Colour) => Promise<Decoded>;

/**
 * Decodes JPEG, PNG, WebP and what else sharp (libvips) reads: upright, RGB, of an animation the first frame.
 *
 * @param caller names who needs sharp, for the error's text
 * @param maxPixels refuses larger pictures; default sharp's limit, false: none
 * @returns the decoder; it rejects where a file cannot be read or decoded
 * @throws Error with the command that installs sharp, where it is not there.
 */
export async function pictureDecoder(
  caller: string,
  maxPixels: number | boolean = true,
): Promise<PictureDecoder> {
  const { default: sharp } = await import('sharp').catch((error: unknown) => {
    throw new Error(
      `${caller}: pictures are decoded by the package sharp, which cannot be loaded; write npm install sharp`,
      { cause: error },
    );
  });
  return async (file, [r, g, b] = [255, 255, 255]) => {
    const picture = sharp(file, { failOn: 'error', limitInputPixels: maxPixels });
    const { channels: stored, space, hasProfile } = await picture.metadata();
    // By itself sharp takes 16 bits with a profile to Display P3 and calls that sRGB, and lays grey on the background's red.
    const wide = space === 'rgb16' && hasProfile;
    const greyOnColour = stored === 2 && !(r === g && g === b);
    if (wide || greyOnColour) picture.pipelineColourspace('srgb');
    const { data, info } = await picture
      .autoOrient()
      .toColourspace('srgb')
      .flatten({ background: { r, g, b } })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (channels !== 3) throw new Error(`got ${channels} channels`);
    return { data, width, height, channels };
  };
}
