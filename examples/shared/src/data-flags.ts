import { resolve } from 'node:path';
import { wholeFlag } from '@mnet/bench/cli';
import { type ImageDataset, shapes10, type Splits, subset } from '@mnet/data';
import { type DataFileError, type LoadOptions, loadCifar10, loadCifar100 } from '@mnet/data-cifar';
import { type Command, Option } from 'commander';
import { loadProgress } from './load-progress.ts';

/** Which data an example trains on. */
export interface DataFlags {
  dataset: 'cifar10' | 'cifar100' | 'shapes10';
  dataDir: string;
  download: boolean;
  limit?: number;
  seed: number;
}

/** Adds the flags of {@link DataFlags}. */
export function addDataFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--dataset <name>', 'shapes10 is a drawn stand-in that needs no files')
        .choices(['cifar10', 'cifar100', 'shapes10'])
        .default('cifar10'),
    )
    .option(
      '--data-dir <folder>',
      'folder of the unpacked binary files, of the archive, or for the download',
      'data',
    )
    .option('--download', 'download the data where it is not there (170 MB)', false)
    .option(
      '--limit <n>',
      'take only the first n images of each part, for a quick look',
      wholeFlag(1),
    )
    .option(
      '--seed <n>',
      'decides weights, order, augmentation and the validation part',
      wholeFlag(0),
      1,
    );
}

/** Loads the data set that the flags name. */
export async function loadData(flags: DataFlags, signal: AbortSignal): Promise<Splits> {
  const { dataset, dataDir, download, limit, seed } = flags;
  if (dataset === 'shapes10') return shapes10({ seed, ...(limit ? sizes(limit) : {}) });
  const dir = userPath(dataDir);
  const options: LoadOptions = { dir, download, seed, signal, onProgress: loadProgress() };
  const load = dataset === 'cifar10' ? loadCifar10 : loadCifar100;
  const { train, validation, test } = await load(options).catch((error: unknown) => {
    const { code, message } = error as DataFileError;
    if (code !== 'missing') throw error;
    throw new Error(`${message}. Here that is the flag --download`, { cause: error });
  });
  return {
    train: first(train, limit),
    validation: first(validation, limit),
    test: first(test, limit),
  };
}

const sizes = (n: number): { train: number; validation: number; test: number } => ({
  train: n,
  validation: Math.min(n, 1000),
  test: Math.min(n, 1000),
});

function first(dataset: ImageDataset, limit: number | undefined): ImageDataset {
  if (limit === undefined || limit >= dataset.length) return dataset;
  return subset(
    dataset,
    Uint32Array.from({ length: limit }, (_, i) => i),
  );
}

/** A path as the user sees it: npm starts an example in its own folder, and says where the user stands. */
export function userPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path);
}
