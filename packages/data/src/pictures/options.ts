import {
  boolean,
  callable,
  custom,
  either,
  type Given,
  integer,
  list,
  number,
  optional,
  options,
  required,
  type Resolved,
  type Takes,
} from '@mnet/core/options';

/** How far the loading is. */
export interface PictureProgress {
  /** The picture that was done with last. */
  readonly path: string;
  /** Pictures done, left out ones included. */
  readonly done: number;
  /** All pictures. */
  readonly total: number;
}

const side = integer({ min: 1, max: 8192 });
const pair = custom<readonly [height: number, width: number]>(
  '[height, width], each a whole number from 1 to 8192',
  (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((each) => Number.isSafeInteger(each) && each >= 1 && each <= 8192),
);
const part: Takes<number> = {
  ...custom<number>(
    'a whole number of pictures, or a share of them below 1, such as 0.1',
    (value) =>
      typeof value === 'number' && value >= 0 && (value < 1 || Number.isSafeInteger(value)),
  ),
  written: 'number',
};
const colour = custom<readonly [red: number, green: number, blue: number]>(
  '[red, green, blue], each a whole number from 0 to 255',
  (value) =>
    Array.isArray(value) &&
    value.length === 3 &&
    value.every((each) => Number.isSafeInteger(each) && each >= 0 && each <= 255),
);

/** What {@link PictureOptions} are made of. */
export const pictureOptions = options({
  /**
   * Height and width of an image of the data set in pixels: one number, or [height, width]. The largest centred part of
   * these proportions is cut out of each picture and resampled, bilinearly with antialiasing.
   */
  size: required(either(side, pair)),
  /**
   * Pictures to hold out for validation, stratified by class: how many, or a share of all, below 1. Default 0.1; where
   * there is a folder `train`, 0. Not to be given where there is a folder for it.
   */
  validation: optional(part),
  /** Pictures to hold out as the test set: as `validation`. */
  test: optional(part),
  /** Decides which pictures are held out. Any safe integer, default 0. */
  seed: optional(integer(), 0),
  /** The mean of each channel, in units of pixel / 255, such as a pretrained network's. Default: of the training pictures. */
  mean: optional(list(number({ min: 0, max: 1 }))),
  /** The deviation of each channel: given with `mean`. */
  std: optional(list(number({ above: 0, max: 1 }))),
  /** The colour behind transparent pixels. Default white, [255, 255, 255]. */
  background: optional(colour, [255, 255, 255]),
  /** Leaves out what cannot be read, and lists it in `skipped`. Default false: it is an error. */
  skipUnreadable: optional(boolean(), false),
  /**
   * The most pixels, width × height, that a picture may have: larger ones are unreadable. Pictures that are decoded at
   * the same time have no more together either, so that it bounds the memory too. Default 100,000,000.
   */
  maxPixels: optional(integer({ min: 1, max: 2 ** 32 }), 100_000_000),
  /** Pictures that are decoded at the same time. Default 4. */
  concurrency: optional(integer({ min: 1, max: 256 }), 4),
  /** Ends the loading with the signal's reason. */
  signal: optional(custom<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal)),
  /** Called after each picture. */
  onProgress: optional(
    callable<(progress: PictureProgress) => void>('a function of { path, done, total }'),
  ),
});

/** How pictures become a data set. */
export interface PictureOptions extends Given<typeof pictureOptions> {}

/** {@link PictureOptions} with their defaults. */
export type ResolvedPictureOptions = Resolved<typeof pictureOptions>;
