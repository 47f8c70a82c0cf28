import type { StoredPicture } from '@mnet/train';
import { encode } from 'fast-png';
import { html, type Markup } from './html.ts';

/**
 * An image within the page, as PNG.
 *
 * @param picture of 1 or 3 channels
 * @param words what it shows, for those who cannot see it
 * @throws where there are not as many bytes as the shape says.
 */
export function picture({ shape, pixels }: StoredPicture, words: string): Markup {
  const [height, width, channels] = shape;
  const data = Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
  if (data.length !== height * width * channels) {
    throw new RangeError(
      `picture: got ${data.length} bytes, takes ${height * width * channels} for the shape [${shape.join(', ')}]`,
    );
  }
  const png = encode({ width, height, data, channels, depth: 8 });
  const base64 = btoa(png.reduce((text, byte) => text + String.fromCharCode(byte), ''));
  return html`<img src="data:image/png;base64,${base64}" width="${width}" height="${height}" alt="${words}">`;
}
