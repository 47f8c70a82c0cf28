import { show } from '@mnet/core/check';
import { type PixelsOf, pixelRuns } from './pixels.ts';

/** Mean and standard deviation of each channel, in units of pixel / 255. */
export interface ChannelStatistics {
  readonly mean: number[];
  readonly std: number[];
}

/**
 * The `mean` and `std` of an {@link ImageDataset} of your own: over all pixels of all images, per
 * channel (population standard deviation; not the mean of per-image deviations, which is smaller).
 *
 * @param images pixels 0..255, row by row with the channels innermost; at least one.
 * @param channels the innermost dimension.
 */
export function channelStatistics(images: Uint8Array, channels: number): ChannelStatistics;
/**
 * The `mean` and `std` of the images of a data set, also of a view.
 *
 * @param dataset its own `mean` and `std` are not looked at
 */
export function channelStatistics(dataset: PixelsOf): ChannelStatistics;
export function channelStatistics(
  of: Uint8Array | PixelsOf,
  innermost?: number,
): ChannelStatistics {
  const dataset = of instanceof Uint8Array || innermost !== undefined ? undefined : of;
  const images = dataset === undefined ? of : dataset.images;
  const channels = dataset === undefined ? innermost : dataset.shape[2];
  if (!(images instanceof Uint8Array) || images.length === 0 || dataset?.length === 0) {
    throw new TypeError(`images: got ${show(images)}, takes a Uint8Array of at least one pixel`);
  }
  if (!Number.isSafeInteger(channels) || channels! < 1 || images.length % channels! !== 0) {
    throw new RangeError(
      `channels: got ${show(channels)}, takes the innermost dimension, which divides the ${images.length} bytes`,
    );
  }
  return statisticsOf(dataset === undefined ? [images] : pixelRuns(dataset), channels!);
}

function statisticsOf(pieces: Iterable<Uint8Array>, channels: number): ChannelStatistics {
  // 256 counters a channel give exact sums, whatever the number of pixels.
  const counts = new Float64Array(channels * 256);
  let bytes = 0;
  for (const piece of pieces) {
    for (let i = 0, c = 0; i < piece.length; i++) {
      counts[c * 256 + piece[i]!]!++;
      if (++c === channels) c = 0;
    }
    bytes += piece.length;
  }
  const n = bytes / channels;
  const mean: number[] = [];
  const std: number[] = [];
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let v = 0; v < 256; v++) sum += counts[c * 256 + v]! * v;
    const m = sum / n;
    let squares = 0;
    for (let v = 0; v < 256; v++) squares += counts[c * 256 + v]! * (v - m) ** 2;
    mean.push(m / 255);
    std.push(Math.sqrt(squares / n) / 255);
  }
  return { mean, std };
}
