import {
  boolean,
  choice,
  integer,
  optional,
  options,
  pick,
  type Resolved,
  resolve,
  text,
} from '@mnet/core/options';
import { pictureOptions } from '@mnet/data/folder';
import type { Command } from 'commander';
import { drawnNames } from '../data/drawn-sets.ts';
import { userPath } from '../program/user-path.ts';
import { addFlags } from './flag.ts';

/** The data sets that `--dataset` takes. */
export const datasetNames = ['cifar10', 'cifar100', ...drawnNames] as const;

const { validation, test, skipUnreadable } = pictureOptions.fields;

const dataOptions = options({
  /** A data set by name, default `cifar10`. */
  dataset: optional(choice(datasetNames), 'cifar10'),
  /** Pictures of one's own instead: a folder of one folder a class. */
  data: optional(text('a folder of one folder of pictures a class')),
  /** Where CIFAR's files are, or shall go; default `data`. */
  dataDir: optional(text('a folder, or the path of the archive'), 'data'),
  /** Whether CIFAR is downloaded where it is not there; default false. */
  download: optional(boolean(), false),
  /** Only the first images of each part; of a folder so many, each class with its share. */
  limit: optional(integer({ min: 1 })),
  /** Height and width of drawn pictures, and of those of a folder. */
  size: optional(integer({ min: 1, max: 4096 })),
  /** Training pictures that are held out for validation: how many, or a share; the data set's own where it is left out. */
  validation,
  /** Pictures of a folder that are kept for the test: how many, or a share. */
  test,
  /** Whether pictures that cannot be read are left out; default false: they are an error. */
  skipUnreadable,
  /** Decides weights, order, augmentation, and which pictures are held out; default 1. */
  seed: optional(integer({ min: 0 }), 1),
  /** Decides in place of `seed` which pictures are held out, and how drawn ones look. */
  dataSeed: optional(integer({ min: 0 })),
});

/** Which data a command works on. */
export interface DataFlags extends Resolved<typeof dataOptions> {}

/** The flags of the data among others. */
export function dataAmong(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return pick(dataOptions, flags);
}

/**
 * The flags of the data among others that were kept.
 *
 * @throws for a value that a flag does not take
 */
export function checkedData(kept: Readonly<Record<string, unknown>>): DataFlags {
  return resolve(dataOptions, dataAmong(kept), 'flags');
}

/** Adds the flags of {@link DataFlags}. */
export function addDataFlags(command: Command): Command {
  return addFlags(command, dataOptions, {
    dataset: ['--dataset <name>', 'shapes10 is a drawn stand-in that needs no files'],
    data: [
      '--data <folder>',
      'pictures of your own instead: a folder of one folder a class (JPEG, PNG, WebP)',
      { conflicts: 'dataset', kept: userPath, path: true },
    ],
    dataDir: [
      '--data-dir <folder>',
      "folder of CIFAR's unpacked binary files, of its archive, or for the download",
      { kept: userPath, path: true },
    ],
    download: ['--download', 'download CIFAR where it is not there (170 MB)'],
    limit: ['--limit <n>', 'take only n images of each part, for a quick look'],
    size: [
      '--size <pixels>',
      'height and width of drawn pictures (default: 32) or of a folder (default: 64)',
    ],
    validation: [
      '--validation <n>',
      'training pictures held out for validation: how many, or a share below 1 (default: 0.1)',
    ],
    test: ['--test <n>', 'pictures of a folder kept for the test, likewise (default: 0.1)'],
    skipUnreadable: ['--skip-unreadable', 'leave out pictures of a folder that cannot be read'],
    seed: ['--seed <n>', 'decides weights, order, augmentation and what is held out'],
    dataSeed: [
      '--data-seed <n>',
      'decides what is held out, where that shall stay with other seeds (default: --seed)',
    ],
  });
}
