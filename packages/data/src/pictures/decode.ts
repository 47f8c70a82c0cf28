import { coverBox, resample } from '@mnet/core/resample';
import { pixelCount } from './header.ts';
import type { Placed } from './layout.ts';
import type { ResolvedPictureOptions } from './options.ts';
import { Room } from './room.ts';
import { PictureError } from './unreadable.ts';

/** A picture as bytes, row by row with the channels innermost, turned upright and without alpha. */
export interface Decoded {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 3, or 4 with one that is not looked at. */
  readonly channels: 3 | 4;
}

/** What differs between Node.js and browsers. */
export interface Reader<T> {
  /** A file's bytes. Throws PictureError where they cannot be read. */
  readonly read: (file: T, signal: AbortSignal | undefined) => Promise<Uint8Array>;
  /** Its picture, laid on the background. Throws PictureError where it cannot be decoded. */
  readonly decode: (bytes: Uint8Array, background: Colour) => Promise<Decoded>;
}

/** Each from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Height and width. */
export type Size = readonly [height: number, width: number];

/**
 * Decodes pictures a few at a time, each into its place in `images`.
 *
 * @param images bytes of pictures.length × height × width × 3
 * @returns what could not be read: its number, and why
 */
export async function decodeAll<T>(
  pictures: readonly Placed<T>[],
  { read, decode }: Reader<T>,
  size: Size,
  images: Uint8Array,
  options: ResolvedPictureOptions,
): Promise<Map<number, string>> {
  const { background, maxPixels, concurrency, signal, onProgress } = options;
  const room = new Room(maxPixels);
  const unreadable = new Map<number, string>();
  const bytes = size[0] * size[1] * 3;
  let next = 0;
  let done = 0;
  let failed = false;
  const one = async (picture: Placed<T>, at: number): Promise<void> => {
    const file = await read(picture.file, signal);
    const pixels = pixelCount(file, maxPixels);
    await room.enter(pixels);
    try {
      signal?.throwIfAborted();
      fit(await decode(file, background), size, images, at * bytes);
    } finally {
      room.leave(pixels);
    }
  };
  const work = async (): Promise<void> => {
    while (next < pictures.length && !failed) {
      const at = next++;
      const picture = pictures[at]!;
      try {
        signal?.throwIfAborted();
        await one(picture, at).catch((error: unknown) => {
          if (!(error instanceof PictureError)) throw error;
          unreadable.set(at, error.message);
        });
        signal?.throwIfAborted();
        onProgress?.({ path: picture.path, done: ++done, total: pictures.length });
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // All have ended before an error comes out: nothing goes on behind the caller's back.
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return unreadable;
}

/** Writes a picture in the size of the data set's images, as `classify` of `@mnet/models` sees it, in whole numbers. */
export function fit(
  { data, width, height, channels }: Decoded,
  size: Size,
  out: Uint8Array,
  offset: number,
): void {
  const same = height === size[0] && width === size[1];
  const box = coverBox([height, width], size);
  const shown = same ? data : resample(data, [height, width, channels], box, size);
  const pixels = size[0] * size[1];
  for (let p = 0, from = 0, to = offset; p < pixels; p++, from += channels, to += 3) {
    out[to] = Math.round(shown[from]!);
    out[to + 1] = Math.round(shown[from + 1]!);
    out[to + 2] = Math.round(shown[from + 2]!);
  }
}
