/** The streams of random numbers of an epoch: (seed, epoch, stream), with the image's or the batch's number behind it. */
export const streams = {
  order: 1,
  /** Mirroring, crop and cutout of an image. */
  augment: 2,
  /** The operations on an image's bytes. */
  operations: 3,
  /** An image's erased rectangle. */
  erasing: 4,
  /** Partners and share of a batch. */
  mix: 5,
} as const;
