import type { Reader } from '../pictures/decode.ts';
import { PictureError } from '../pictures/unreadable.ts';

/**
 * Reads files of a page and decodes them with the browser's own decoders.
 *
 * @throws Error where there are none, as in Node.js.
 */
export function canvasReader(): Reader<Blob> {
  if (typeof createImageBitmap !== 'function' || typeof OffscreenCanvas !== 'function') {
    throw new Error(
      "imageFiles: needs a browser's createImageBitmap and OffscreenCanvas; in Node.js takes imageFolder of @mnet/data/folder",
    );
  }
  return {
    async read(file) {
      try {
        return new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        throw new PictureError(`cannot be read: ${(error as Error).message}`, { cause: error });
      }
    },
    async decode(bytes, [r, g, b]) {
      // The cast leaves out SharedArrayBuffer, which Blob does not take.
      const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
      const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' }).catch(
        (error: unknown) => {
          throw new PictureError(`cannot be decoded: ${(error as Error).message}`, {
            cause: error,
          });
        },
      );
      try {
        const { width, height } = bitmap;
        const context = new OffscreenCanvas(width, height).getContext('2d', {
          willReadFrequently: true,
        });
        if (context === null)
          throw new PictureError(`is too large for a canvas: ${width} × ${height}`);
        context.fillStyle = `rgb(${r} ${g} ${b})`;
        context.fillRect(0, 0, width, height);
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(0, 0, width, height);
        return { data, width, height, channels: 4 };
      } finally {
        bitmap.close();
      }
    },
  };
}
