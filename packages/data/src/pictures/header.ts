import { imageSize } from 'image-size';
import { PictureError } from './unreadable.ts';

const formats: Readonly<Record<string, string>> = { jpg: 'JPEG', png: 'PNG', webp: 'WebP' };

/**
 * How many pixels a picture has, from the start of its file: before any decoder sees it.
 *
 * @throws PictureError if it is no JPEG, PNG or WebP, whatever its name says, or has more than `maxPixels`.
 */
export function pixelCount(file: Uint8Array, maxPixels: number): number {
  if (file.length === 0) throw new PictureError('is empty');
  const header = headerOf(file);
  const format = formats[header?.type ?? ''];
  if (header === undefined || format === undefined) {
    const what = header?.type === undefined ? '' : `, but ${header.type}`;
    throw new PictureError(`is no JPEG, PNG or WebP picture${what}`);
  }
  const { width, height } = header;
  if (!(width > 0 && height > 0)) {
    throw new PictureError(`is a ${format} picture of ${width} × ${height} pixels`);
  }
  if (width * height > maxPixels) {
    throw new PictureError(
      `is a ${format} picture of ${width} × ${height} pixels, more than maxPixels: ${maxPixels}`,
    );
  }
  return width * height;
}

function headerOf(file: Uint8Array): ReturnType<typeof imageSize> | undefined {
  try {
    return imageSize(file);
  } catch {
    // It throws at a format that it does not know and at a file that ends too early.
    return undefined;
  }
}
