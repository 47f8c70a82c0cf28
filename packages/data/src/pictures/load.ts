import { deriveSeed } from '@mnet/core/random';
import { channelStatistics } from '../dataset/channel-statistics.ts';
import type { ImageDataset, Splits } from '../dataset/image-dataset.ts';
import { stratifiedSplit } from '../dataset/stratified-split.ts';
import { subset } from '../dataset/subset.ts';
import { decodeAll, type Reader, type Size } from './decode.ts';
import { type Layout, type Listing, layOut, type Part } from './layout.ts';
import type { ResolvedPictureOptions } from './options.ts';
import { type UnreadablePicture, UnreadablePicturesError } from './unreadable.ts';

/** Images that came from files. */
export interface PictureDataset extends ImageDataset {
  /** The paths of all pictures of the folder, of this part and the others. */
  readonly files: readonly string[];
  /** Which of `files` each image came from. */
  readonly fileIndices: Int32Array;
  /** What of the folder was left out, by `skipUnreadable`. */
  readonly skipped: readonly UnreadablePicture[];
}

/** Loads the pictures of a listing as a data set in three parts. */
export async function loadPictures<T>(
  name: string,
  listing: Listing<T>,
  reader: Reader<T>,
  options: ResolvedPictureOptions,
): Promise<Splits<PictureDataset>> {
  const { where } = listing;
  const size: Size = typeof options.size === 'number' ? [options.size, options.size] : options.size;
  const given = statisticsGiven(options);
  const layout = layOut(listing);
  refuseTwice(layout, options);
  if (layout.others.length > 0 && !options.skipUnreadable) {
    throw new UnreadablePicturesError(where, layout.others);
  }
  const { pictures, classes } = layout;
  const images = roomFor(pictures.length, size);
  const unreadable = await decodeAll(pictures, reader, size, images, options);
  const files = pictures.map(({ path }) => path);
  const broken = [...unreadable]
    .toSorted(([a], [b]) => a - b)
    .map(([at, reason]) => ({ path: files[at]!, reason }));
  if (broken.length > 0 && !options.skipUnreadable)
    throw new UnreadablePicturesError(where, broken);
  const all: PictureDataset = {
    name,
    shape: [size[0], size[1], 3],
    classes,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    images,
    labels: Int32Array.from(pictures, ({ label }) => label),
    length: pictures.length,
    files,
    fileIndices: Int32Array.from(pictures, (_, i) => i),
    skipped: [...layout.others, ...broken],
  };
  const read = pictures.flatMap((_, i) => (unreadable.has(i) ? [] : [i]));
  const parts = divide(subset(all, read), layout, options);
  checkClasses(parts.train, where);
  const { mean, std } = given ?? channelStatistics(parts.train);
  // A channel that never changes has no deviation to divide by.
  const statistics = { mean, std: std.map((value) => (value === 0 ? 1 : value)) };
  return {
    train: { ...parts.train, ...statistics },
    validation: { ...parts.validation, ...statistics },
    test: { ...parts.test, ...statistics },
  };
}

function statisticsGiven({
  mean,
  std,
}: ResolvedPictureOptions): Pick<ImageDataset, 'mean' | 'std'> | undefined {
  if (mean === undefined && std === undefined) return undefined;
  for (const [key, value] of Object.entries({ mean, std })) {
    if (value?.length !== 3) {
      throw new RangeError(
        `${key}: got ${value === undefined ? 'undefined' : `${value.length} values`}, takes three, of red, green and blue, for mean and std alike`,
      );
    }
  }
  return { mean: mean!, std: std! };
}

function refuseTwice<T>({ parts }: Layout<T>, options: ResolvedPictureOptions): void {
  for (const part of ['validation', 'test'] as const) {
    if (parts.has(part) && options[part] !== undefined) {
      throw new Error(
        `${part}: got ${options[part]}, takes none where there is a folder of ${part} pictures`,
      );
    }
  }
}

function roomFor(pictures: number, [height, width]: Size): Uint8Array {
  const bytes = pictures * height * width * 3;
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    const gigabytes = (bytes / 1e9).toFixed(1);
    throw new RangeError(
      `size: ${pictures} pictures of ${height} × ${width} need ${gigabytes} GB in one array, which there is not; takes a smaller size or fewer pictures`,
      { cause: error },
    );
  }
}

/** The parts: by their folders, and what there is none for held out of the training pictures. */
function divide<T>(
  read: PictureDataset,
  { pictures, parts }: Layout<T>,
  options: ResolvedPictureOptions,
): Splits<PictureDataset> {
  const byFolder = (part: Part): PictureDataset =>
    subset(
      read,
      [...read.fileIndices.keys()].filter((i) => pictures[read.fileIndices[i]!]!.part === part),
    );
  const train = parts.size === 0 ? read : byFolder('train');
  const count = (part: 'validation' | 'test'): number => {
    const wanted = options[part] ?? (parts.size === 0 ? 0.1 : 0);
    return wanted < 1 ? Math.round(wanted * train.length) : wanted;
  };
  const counts = { validation: count('validation'), test: count('test') };
  if (counts.validation + counts.test > train.length) {
    throw new RangeError(
      `validation, test: got ${counts.validation} and ${counts.test} of ${train.length} pictures, takes fewer, so that some are left to train on`,
    );
  }
  const first = stratifiedSplit(train, counts.test, deriveSeed(options.seed, 'test'));
  const second = stratifiedSplit(
    first.train,
    counts.validation,
    deriveSeed(options.seed, 'validation'),
  );
  return {
    train: second.train,
    validation: parts.has('validation') ? byFolder('validation') : second.validation,
    test: parts.has('test') ? byFolder('test') : first.validation,
  };
}

/** Throws if a class has no picture to train on. */
function checkClasses({ classes, labels }: PictureDataset, where: string): void {
  const counts = new Int32Array(classes.length);
  for (const label of labels) counts[label]!++;
  const none = counts.indexOf(0);
  if (none < 0) return;
  throw new Error(
    `${where}: no picture of the class '${classes[none]}' is left to train on; takes more pictures of it, or a smaller validation and test`,
  );
}
