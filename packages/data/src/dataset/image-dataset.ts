import { show } from '@mnet/core/check';

/**
 * Labelled images of one size, whole in memory. Any object of this shape is a data set: bring your
 * own by filling the fields, and check it with {@link assertImageDataset}.
 */
export interface ImageDataset {
  /** Shown in logs and reports. */
  readonly name: string;
  /** Size of one image: height, width, channels. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Class names; the label of class `classes[k]` is k. */
  readonly classes: readonly string[];
  /** Mean of each channel, in units of pixel / 255 (0 to 1). */
  readonly mean: readonly number[];
  /** Standard deviation of each channel, in units of pixel / 255 (above 0, at most 1). */
  readonly std: readonly number[];
  /** Pixels 0..255, image after image, each row by row with the channels innermost. */
  readonly images: Uint8Array;
  /** One label an image, in 0..classes.length - 1. */
  readonly labels: Int32Array;
  /** The number of images. */
  readonly length: number;
  /**
   * Where each image stands in `images`: image i is the picture number `positions[i]` there, from 0. Absent: image i is
   * picture i. `subset` and `stratifiedSplit` give such views; the data sets of one split share their `images`.
   */
  readonly positions?: Int32Array;
}

/** What a training needs: images to learn from, to choose by, and to judge with once, at the end. */
export interface Splits<T extends ImageDataset = ImageDataset> {
  readonly train: T;
  readonly validation: T;
  readonly test: T;
}

/**
 * Throws unless `value` is a sound {@link ImageDataset}: every field there, lengths that agree,
 * labels in range.
 *
 * @param argument what the messages call the data set.
 * @throws TypeError or RangeError that names the field, what it holds and what it takes.
 */
export function assertImageDataset(
  value: unknown,
  argument = 'dataset',
): asserts value is ImageDataset {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${argument}: got ${show(value)}, takes an ImageDataset object`);
  }
  const d = value as Partial<Record<keyof ImageDataset, unknown>>;
  if (typeof d.name !== 'string' || d.name === '') {
    throw new TypeError(`${argument}.name: got ${show(d.name)}, takes a non-empty string`);
  }
  const shape = d.shape;
  if (!Array.isArray(shape) || shape.length !== 3 || !shape.every(isPositiveInteger)) {
    throw new TypeError(
      `${argument}.shape: got ${show(shape)}, takes [height, width, channels] of integers >= 1, such as [32, 32, 3]`,
    );
  }
  const [height, width, channels] = shape as [number, number, number];
  const classes = d.classes;
  if (
    !Array.isArray(classes) ||
    classes.length === 0 ||
    !classes.every((c) => typeof c === 'string')
  ) {
    throw new TypeError(
      `${argument}.classes: got ${show(classes)}, takes an array of class names, one a label`,
    );
  }
  assertPerChannel(d.mean, channels, `${argument}.mean`, (m) => m >= 0 && m <= 1, 'from 0 to 1');
  assertPerChannel(
    d.std,
    channels,
    `${argument}.std`,
    (s) => s > 0 && s <= 1,
    'above 0, at most 1',
  );
  const { images, labels, length } = d;
  if (!Number.isSafeInteger(length) || (length as number) < 0) {
    throw new RangeError(`${argument}.length: got ${show(length)}, takes the number of images`);
  }
  if (!(images instanceof Uint8Array)) {
    throw new TypeError(`${argument}.images: got ${show(images)}, takes a Uint8Array of pixels`);
  }
  const size = height * width * channels;
  if (d.positions !== undefined) {
    assertPositions(d.positions, length as number, images.length, size, argument);
  } else if (images.length !== (length as number) * size) {
    throw new RangeError(
      `${argument}.images: got ${images.length} bytes, takes ${(length as number) * size} = length ${show(length)} × ${height} × ${width} × ${channels}`,
    );
  }
  if (!(labels instanceof Int32Array)) {
    throw new TypeError(`${argument}.labels: got ${show(labels)}, takes an Int32Array`);
  }
  if (labels.length !== length) {
    throw new RangeError(
      `${argument}.labels: got ${labels.length} labels, takes one an image: ${show(length)}`,
    );
  }
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! < 0 || labels[i]! >= classes.length) {
      throw new RangeError(
        `${argument}.labels[${i}]: got ${labels[i]}, takes 0..${classes.length - 1}, as there are ${classes.length} classes`,
      );
    }
  }
}

function assertPositions(
  positions: unknown,
  length: number,
  bytes: number,
  size: number,
  argument: string,
): void {
  const stored = bytes / size;
  if (!Number.isSafeInteger(stored)) {
    throw new RangeError(
      `${argument}.images: got ${bytes} bytes, takes whole pictures of ${size} bytes`,
    );
  }
  if (!(positions instanceof Int32Array) || positions.length !== length) {
    throw new TypeError(
      `${argument}.positions: got ${show(positions)}, takes an Int32Array of one place an image: ${length}`,
    );
  }
  for (let i = 0; i < length; i++) {
    if (positions[i]! < 0 || positions[i]! >= stored) {
      throw new RangeError(
        `${argument}.positions[${i}]: got ${positions[i]}, takes 0..${stored - 1}, as there are ${stored} pictures in images`,
      );
    }
  }
}

function assertPerChannel(
  value: unknown,
  channels: number,
  argument: string,
  holds: (v: number) => boolean,
  range: string,
): void {
  if (
    !Array.isArray(value) ||
    value.length !== channels ||
    !value.every((v) => typeof v === 'number' && holds(v))
  ) {
    throw new RangeError(
      `${argument}: got ${show(value)}, takes ${channels} number(s), one a channel, ${range} (in units of pixel / 255)`,
    );
  }
}

function isPositiveInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
