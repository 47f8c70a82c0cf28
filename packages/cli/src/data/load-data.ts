import { type ImageDataset, type Splits, stratifiedSplit, subset } from '@mnet/data';
import { type DataFileError, loadCifar10, loadCifar100 } from '@mnet/data-cifar';
import { imageFolder, UnreadablePicturesError } from '@mnet/data/folder';
import type { DataFlags } from '../flags/data.ts';
import { userPath } from '../program/user-path.ts';
import { type DrawnSet, drawnSets, isDrawn } from './drawn-sets.ts';
import { loadProgress, pictureProgress } from './load-progress.ts';

/** Loads the data that the flags name; of `limit`, each part's first images, or of a folder some of each class. */
export async function loadData(given: DataFlags, signal?: AbortSignal): Promise<Splits> {
  const flags = { ...given, seed: given.dataSeed ?? given.seed };
  if (flags.data !== undefined) return fewOfEach(await folder(flags.data, flags, signal), flags);
  refuseUnused(flags);
  if (isDrawn(flags.dataset)) return drawn(flags.dataset, flags);
  return limited(await cifar(flags, signal), flags);
}

/**
 * Loads a data set that is another one than the flags', by its name. What they say of their own one's parts stays out; of drawn
 * pictures the size is kept.
 */
export function loadOther(
  flags: DataFlags,
  dataset: DataFlags['dataset'],
  signal?: AbortSignal,
): Promise<Splits> {
  const size = isDrawn(dataset) ? flags.size : undefined;
  const none = { data: undefined, test: undefined, validation: undefined, skipUnreadable: false };
  return loadData({ ...flags, ...none, dataset, size }, signal);
}

/** Refuses flags that a data set by name has no use for, instead of passing over them. */
function refuseUnused({ dataset, size, validation, test, skipUnreadable }: DataFlags): void {
  const refuse = (flag: string, why: string): never => {
    throw new Error(`--${flag}: got it with the data set ${dataset}, ${why}`);
  };
  if (test !== undefined) refuse('test', 'which has its own test pictures');
  if (skipUnreadable) refuse('skip-unreadable', 'which has no files of pictures');
  if (isDrawn(dataset)) {
    if (validation !== undefined) refuse('validation', 'which has its own validation pictures');
  } else if (size !== undefined && size !== 32) {
    refuse('size', 'whose pictures are 32×32');
  }
}

async function folder(
  dir: string,
  { size = 64, validation, test, seed, skipUnreadable }: DataFlags,
  signal: AbortSignal | undefined,
): Promise<Splits> {
  try {
    const splits = await imageFolder(userPath(dir), {
      size,
      seed,
      skipUnreadable,
      onProgress: pictureProgress(),
      ...(validation !== undefined && { validation }),
      ...(test !== undefined && { test }),
      ...(signal && { signal }),
    });
    for (const { path, reason } of splits.train.skipped)
      console.error(`left out: ${path} ${reason}`);
    return splits;
  } catch (error) {
    if (!(error instanceof UnreadablePicturesError)) throw error;
    const { pictures } = error;
    const few = pictures.slice(0, 5).map(({ path, reason }) => `${path} ${reason}`);
    const more = pictures.length > few.length ? `; and ${pictures.length - few.length} more` : '';
    throw new Error(
      `--data ${dir}: not readable as pictures: ${few.join('; ')}${more}; remove them, or give --skip-unreadable`,
      { cause: error },
    );
  }
}

function drawn(name: DrawnSet, { seed, size, limit }: DataFlags): Splits {
  const few = limit === undefined ? undefined : Math.min(limit, 1000);
  const counts = few === undefined ? {} : { train: limit as number, validation: few, test: few };
  return drawnSets[name]({ seed, ...counts, ...(size === undefined ? {} : { size }) });
}

/** Images of CIFAR's training part, of which some are held out. */
const cifarImages = 50_000;

async function cifar(
  { dataset, dataDir, download, validation, seed }: DataFlags,
  signal: AbortSignal | undefined,
): Promise<Splits> {
  const load = dataset === 'cifar10' ? loadCifar10 : loadCifar100;
  try {
    return await load({
      dir: userPath(dataDir),
      download,
      seed,
      onProgress: loadProgress(),
      ...(signal && { signal }),
      ...(validation !== undefined && {
        validation: validation < 1 ? Math.round(validation * cifarImages) : validation,
      }),
    });
  } catch (error) {
    const { code, message } = error as DataFileError;
    if (code !== 'missing') throw error;
    throw new Error(`${message}. Here that is the flag --download`, { cause: error });
  }
}

/** Of pictures that lie in order of their classes: so many of each part, each class with its share. */
function fewOfEach({ train, validation, test }: Splits, { limit, seed }: DataFlags): Splits {
  const few = (part: ImageDataset): ImageDataset =>
    limit === undefined || limit >= part.length
      ? part
      : stratifiedSplit(part, limit, seed).validation;
  const chosen = few(train);
  const without = train.classes.find((_, label) => !chosen.labels.includes(label));
  if (without !== undefined) {
    throw new Error(
      `--limit: got ${limit}, which leaves no training picture of the class '${without}', takes more`,
    );
  }
  return { train: chosen, validation: few(validation), test: few(test) };
}

function limited({ train, validation, test }: Splits, { limit }: DataFlags): Splits {
  return {
    train: first(train, limit),
    validation: first(validation, limit),
    test: first(test, limit),
  };
}

function first(dataset: ImageDataset, limit: number | undefined): ImageDataset {
  if (limit === undefined || limit >= dataset.length) return dataset;
  return subset(
    dataset,
    Uint32Array.from({ length: limit }, (_, i) => i),
  );
}
