import { integerIn, knownOptions, oneOf, seedValue, show } from '@mnet/core/check';
import type { ImageDataset, Splits } from '@mnet/data';
import { stratifiedSplit } from '@mnet/data';
import { DataFileError } from '../files/errors.ts';
import { filesOfArchive } from './archive.ts';
import { assertBalanced, type DecodedRecords, decodeFile, emptyRecords } from './decode.ts';
import { type CifarFile, type CifarSource, cifar10Source, cifar100Source } from './source.ts';

/** How the images are divided. */
export interface SplitOptions {
  /**
   * Training images to hold out, stratified by class. Default 5,000; 0 gives an empty validation set.
   */
  readonly validation?: number;
  /** Decides which images are held out. Any safe integer, default 0. */
  readonly seed?: number;
}

/** Which labels a data set with two kinds trains on. */
export interface LabelOptions {
  /** 'fine' (100 classes, the default) or 'coarse' (20 superclasses). */
  readonly labels?: 'fine' | 'coarse';
}

/** CIFAR-100 has two labels an image; `labels` and `classes` are the chosen ones of them. */
export interface Cifar100Dataset extends ImageDataset {
  /** One of 100 classes an image. */
  readonly fineLabels: Int32Array;
  readonly fineClasses: readonly string[];
  /** One of 20 superclasses an image. */
  readonly coarseLabels: Int32Array;
  readonly coarseClasses: readonly string[];
}

/**
 * The bytes of each file of the data set, by file name, such as 'test_batch.bin'; or the .tar.gz archive, as a Blob (of
 * which a File is one) or its bytes.
 */
export type CifarFiles = Readonly<Record<string, Uint8Array>> | Blob | Uint8Array;

/**
 * CIFAR-10 from the bytes of its files, for where there is no file system: a browser that fetched
 * them itself.
 *
 * @param files data_batch_1.bin to data_batch_5.bin and test_batch.bin of the binary version; or their archive, whose
 *   size and MD5 are checked.
 */
export async function parseCifar10(files: CifarFiles, options: SplitOptions = {}): Promise<Splits> {
  knownOptions(options, ['validation', 'seed'], 'options');
  return parseCifar(cifar10Source, files, options);
}

/**
 * CIFAR-100 from the bytes of its files, for where there is no file system: a browser that fetched
 * them itself.
 *
 * @param files train.bin and test.bin of the binary version; or their archive, whose size and MD5 are checked.
 */
export async function parseCifar100(
  files: CifarFiles,
  options: SplitOptions & LabelOptions = {},
): Promise<Splits<Cifar100Dataset>> {
  knownOptions(options, ['validation', 'seed', 'labels'], 'options');
  return (await parseCifar(cifar100Source, files, options)) as Splits<Cifar100Dataset>;
}

/**
 * Any data set in CIFAR's binary layout from the bytes of its files or archive: what {@link parseCifar10} and
 * {@link parseCifar100} do, for another source.
 */
export async function parseCifar(
  source: CifarSource,
  files: CifarFiles,
  options: SplitOptions & LabelOptions = {},
): Promise<Splits> {
  knownOptions(options, ['validation', 'seed', 'labels'], 'options');
  // Before an archive is unpacked.
  checkSplitOptions(source, options);
  return assemble(source, await reader(source, files), options);
}

/** Gives a file's bytes and the name that messages call it by. */
type ReadFile = (file: CifarFile) => Promise<{ data: Uint8Array; path: string }>;

/** Throws unless the options divide the source's images. */
export function checkSplitOptions(
  source: CifarSource,
  { validation = 5_000, seed = 0, labels = 'fine' }: SplitOptions & LabelOptions,
): void {
  const trainImages = source.train.reduce((sum, file) => sum + file.records, 0);
  integerIn(validation, 0, trainImages, 'validation');
  seedValue(seed, 'seed');
  oneOf(labels, ['fine', 'coarse'], 'labels');
}

/** Reads, decodes, checks and divides a data set, one file after the other. */
export async function assemble(
  source: CifarSource,
  read: ReadFile,
  options: SplitOptions & LabelOptions,
): Promise<Splits> {
  checkSplitOptions(source, options);
  const { validation = 5_000, seed = 0, labels = 'fine' } = options;
  const train = toDataset(source, await decodePart(source, 'train', read), labels);
  const test = toDataset(source, await decodePart(source, 'test', read), labels);
  return { ...stratifiedSplit(train, validation, seed), test };
}

async function decodePart(
  source: CifarSource,
  part: 'train' | 'test',
  read: ReadFile,
): Promise<DecodedRecords> {
  const files = source[part];
  const records = emptyRecords(files.reduce((sum, file) => sum + file.records, 0));
  let at = 0;
  let last = '';
  for (const file of files) {
    const { data, path } = await read(file);
    decodeFile(source, file, data, path, records, at);
    at += file.records;
    last = path;
  }
  assertBalanced(source, part, records, last);
  return records;
}

function toDataset(
  source: CifarSource,
  { images, fine, coarse }: DecodedRecords,
  labels: 'fine' | 'coarse',
): ImageDataset {
  const classes = (kind: string): readonly string[] | undefined =>
    source.labels.find((byte) => byte.kind === kind)?.classes;
  const fineClasses = classes('fine')!;
  const coarseClasses = classes('coarse');
  const { name, mean, std } = source;
  const base = { name, shape: [32, 32, 3] as const, mean, std, images, length: fine.length };
  if (coarseClasses === undefined) return { ...base, classes: fineClasses, labels: fine };
  const both = { fineLabels: fine, fineClasses, coarseLabels: coarse, coarseClasses };
  return labels === 'fine'
    ? { ...base, classes: fineClasses, labels: fine, ...both }
    : { ...base, classes: coarseClasses, labels: coarse, ...both };
}

async function reader(source: CifarSource, given: CifarFiles): Promise<ReadFile> {
  // The cast leaves out SharedArrayBuffer, which Blob does not take.
  const archive =
    given instanceof Uint8Array ? new Blob([given as Uint8Array<ArrayBuffer>]) : given;
  const files = archive instanceof Blob ? await filesOfArchive(source, archive) : archive;
  return async ({ name }) => {
    const data: unknown = files[name];
    if (data === undefined) {
      throw new DataFileError(
        'missing',
        name,
        `not among the files of ${source.name} that were given`,
      );
    }
    if (!(data instanceof Uint8Array)) {
      throw new TypeError(`files['${name}']: got ${show(data)}, takes a Uint8Array`);
    }
    return { data, path: name };
  };
}
