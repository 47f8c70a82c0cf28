import { integerFrom, show } from '@mnet/core/check';
import { Tensor } from '@tensorflow/tfjs-core';

/** A picture as bytes, row by row with the channels innermost, such as a canvas's `ImageData`. */
export interface Pixels {
  /** Values from 0 to 255. */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 (grey), 3 (red, green, blue) or 4 (and alpha, which is not looked at); default: what the data's length gives. */
  readonly channels?: number;
}

/** A picture as numbers from 0 to 255, height × width × channels. */
export interface Picture {
  readonly values: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
}

/**
 * Reads a picture from bytes, or from a tensor [height, width, channels] of values from 0 to 255, as
 * `tf.browser.fromPixels` gives it.
 *
 * @throws if it is neither, or its parts do not agree
 */
export async function readPicture(pixels: Pixels | Tensor): Promise<Picture> {
  if (pixels instanceof Tensor) {
    const [height = 0, width = 0, channels = 0] = pixels.shape;
    if (pixels.rank !== 3 || !isChannels(channels) || height === 0 || width === 0) {
      throw new TypeError(
        `pixels: got a tensor of shape [${pixels.shape.join(', ')}], takes [height, width, channels] with 1, 3 or 4 channels`,
      );
    }
    return { values: await pixels.data(), height, width, channels };
  }
  const { data, width, height } = (pixels ?? {}) as Partial<Pixels>;
  if (!(data instanceof Uint8Array) && !(data instanceof Uint8ClampedArray)) {
    throw new TypeError(
      `pixels: got ${show(pixels)}, takes { data: Uint8Array, width, height, channels } or a tensor [height, width, channels]`,
    );
  }
  integerFrom(width, 1, 'pixels.width');
  integerFrom(height, 1, 'pixels.height');
  const { channels = data.length / (width * height) } = pixels;
  if (!isChannels(channels)) {
    throw new RangeError(`pixels.channels: got ${show(channels)}, takes 1, 3 or 4`);
  }
  if (data.length !== width * height * channels) {
    throw new RangeError(
      `pixels.data: got ${data.length} bytes, takes ${width * height * channels} = ${width} × ${height} × ${channels}`,
    );
  }
  return { values: data, height, width, channels };
}

/**
 * One channel of a picture for a model of so many: the colour's own, grey for each colour, or grey of the colours as
 * 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601). Alpha is not looked at.
 *
 * @param wanted the model's channels, 1 or 3
 */
export function channelOf(picture: Picture, channel: number, wanted: number): Float32Array {
  const { values, channels } = picture;
  const at = (pixel: number, c: number): number => values[pixel * channels + c] as number;
  const grey = (pixel: number): number =>
    0.299 * at(pixel, 0) + 0.587 * at(pixel, 1) + 0.114 * at(pixel, 2);
  const value = (pixel: number): number => {
    if (channels === 1) return at(pixel, 0);
    return wanted === 1 ? grey(pixel) : at(pixel, channel);
  };
  return Float32Array.from({ length: picture.height * picture.width }, (_, pixel) => value(pixel));
}

function isChannels(value: unknown): value is 1 | 3 | 4 {
  return value === 1 || value === 3 || value === 4;
}
