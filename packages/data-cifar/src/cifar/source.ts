import {
  cifar10Classes,
  cifar100CoarseClasses,
  cifar100CoarseOfFine,
  cifar100FineClasses,
} from './class-names.ts';

/** One binary file of the data set: `records` records, and nothing else. */
export interface CifarFile {
  readonly name: string;
  readonly records: number;
}

/**
 * Everything that is known of a data set in CIFAR's binary layout: where its archive is, what is in
 * it, and what its labels mean. A record is one label byte (CIFAR-10) or a coarse and a fine one
 * (CIFAR-100), then 1,024 bytes of red, 1,024 of green, 1,024 of blue, row by row.
 *
 * For an archive of your own in this layout, spread an official source and change what differs:
 * `{ ...cifar10Source, url, md5, archiveBytes }`.
 */
export interface CifarSource {
  /** Shown in messages, and the data set's name. */
  readonly name: string;
  readonly url: string;
  /** Digest of the archive, 32 lower-case hexadecimal digits. */
  readonly md5: string;
  /** Size of the archive in bytes. */
  readonly archiveBytes: number;
  /** The archive's file name. */
  readonly archive: string;
  /** The folder in the archive that holds the files. */
  readonly folder: string;
  readonly train: readonly CifarFile[];
  readonly test: readonly CifarFile[];
  /** The label bytes of a record, in order, with their classes. */
  readonly labels: readonly {
    readonly kind: 'fine' | 'coarse';
    readonly classes: readonly string[];
  }[];
  /** The coarse label of each fine one, where records carry both: the two must agree. */
  readonly coarseOfFine?: readonly number[];
  /** Training and test images of each fine class, where all classes have the same number. */
  readonly perClass?: { readonly train: number; readonly test: number };
  /** Channel means and deviations of the training pixels, in units of pixel / 255. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Bytes of the pixels of one record: 32 × 32 × 3. */
export const PIXEL_BYTES = 3072;

/** Bytes of one record. */
export function recordBytes(source: CifarSource): number {
  return source.labels.length + PIXEL_BYTES;
}

/** Every binary file that must be there. */
export function sourceFiles(source: CifarSource): readonly CifarFile[] {
  return [...source.train, ...source.test];
}

/** CIFAR-10 as published at https://www.cs.toronto.edu/~kriz/cifar.html (binary version). */
export const cifar10Source: CifarSource = {
  name: 'CIFAR-10',
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  archiveBytes: 170_052_171,
  archive: 'cifar-10-binary.tar.gz',
  folder: 'cifar-10-batches-bin',
  train: [1, 2, 3, 4, 5].map((i) => ({ name: `data_batch_${i}.bin`, records: 10_000 })),
  test: [{ name: 'test_batch.bin', records: 10_000 }],
  labels: [{ kind: 'fine', classes: cifar10Classes }],
  perClass: { train: 5_000, test: 1_000 },
  mean: [0.4914, 0.4822, 0.4465],
  // The deviation of the pixels. The widely copied (0.2023, 0.1994, 0.2010) is the mean of per-image ones.
  std: [0.247, 0.2435, 0.2616],
};

/** CIFAR-100 as published at https://www.cs.toronto.edu/~kriz/cifar.html (binary version). */
export const cifar100Source: CifarSource = {
  name: 'CIFAR-100',
  url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
  md5: '03b5dce01913d631647c71ecec9e9cb8',
  archiveBytes: 168_513_733,
  archive: 'cifar-100-binary.tar.gz',
  folder: 'cifar-100-binary',
  train: [{ name: 'train.bin', records: 50_000 }],
  test: [{ name: 'test.bin', records: 10_000 }],
  labels: [
    { kind: 'coarse', classes: cifar100CoarseClasses },
    { kind: 'fine', classes: cifar100FineClasses },
  ],
  coarseOfFine: cifar100CoarseOfFine,
  perClass: { train: 500, test: 100 },
  mean: [0.5071, 0.4865, 0.4409],
  std: [0.2673, 0.2564, 0.2762],
};
