import { integerIn, show } from '@mnet/core/check';
import {
  choice,
  type Given,
  integer,
  optional,
  options,
  type Resolved,
  resolve,
} from '@mnet/core/options';
import type { ImageDataset, Splits } from '@mnet/data';
import { stratifiedSplit } from '@mnet/data';
import { DataFileError } from '../files/errors.ts';
import { filesOfArchive } from './archive.ts';
import { assertBalanced, type DecodedRecords, decodeFile, emptyRecords } from './decode.ts';
import { type CifarFile, type CifarSource, cifar10Source, cifar100Source } from './source.ts';

const splitOptions = options({
  /**
   * Training images to hold out, stratified by class. Default 5,000; 0 gives an empty validation set.
   */
  validation: optional(integer({ min: 0 }), 5_000),
  /** Decides which images are held out. Any safe integer, default 0. */
  seed: optional(integer(), 0),
});

/** How the images are divided. */
export interface SplitOptions extends Given<typeof splitOptions> {}

const labelOptions = options({
  /** 'fine' (100 classes, the default) or 'coarse' (20 superclasses). */
  labels: optional(choice(['fine', 'coarse']), 'fine'),
});

/** Which labels a data set with two kinds trains on. */
export interface LabelOptions extends Given<typeof labelOptions> {}

const parseOptions = options({ ...splitOptions.fields, ...labelOptions.fields });

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
export async function parseCifar10(files: CifarFiles, given: SplitOptions = {}): Promise<Splits> {
  return parseCifar(cifar10Source, files, resolve(splitOptions, given, 'parseCifar10'));
}

/**
 * CIFAR-100 from the bytes of its files, for where there is no file system: a browser that fetched
 * them itself.
 *
 * @param files train.bin and test.bin of the binary version; or their archive, whose size and MD5 are checked.
 */
export async function parseCifar100(
  files: CifarFiles,
  given: SplitOptions & LabelOptions = {},
): Promise<Splits<Cifar100Dataset>> {
  return (await parseCifar(cifar100Source, files, given)) as Splits<Cifar100Dataset>;
}

/**
 * Any data set in CIFAR's binary layout from the bytes of its files or archive: what {@link parseCifar10} and
 * {@link parseCifar100} do, for another source.
 */
export async function parseCifar(
  source: CifarSource,
  files: CifarFiles,
  given: SplitOptions & LabelOptions = {},
): Promise<Splits> {
  const resolved = resolve(parseOptions, given, 'parseCifar');
  // Before an archive is unpacked.
  checkSplitOptions(source, resolved);
  return assemble(source, await reader(source, files), resolved);
}

/** Gives a file's bytes and the name that messages call it by. */
type ReadFile = (file: CifarFile) => Promise<{ data: Uint8Array; path: string }>;

/** The options that divide the source's images, with their defaults; an error unless they can. */
export function checkSplitOptions(
  source: CifarSource,
  { validation, seed, labels }: SplitOptions & LabelOptions,
): Resolved<typeof parseOptions> {
  const resolved = resolve(parseOptions, { validation, seed, labels }, source.name);
  const trainImages = source.train.reduce((sum, file) => sum + file.records, 0);
  integerIn(resolved.validation, 0, trainImages, 'validation');
  if (resolved.labels === 'coarse' && !source.labels.some(({ kind }) => kind === 'coarse')) {
    throw new RangeError(`labels: got 'coarse' of ${source.name}, which has none; takes 'fine'`);
  }
  return resolved;
}

/** Reads, decodes, checks and divides a data set, one file after the other. */
export async function assemble(
  source: CifarSource,
  read: ReadFile,
  given: SplitOptions & LabelOptions,
): Promise<Splits> {
  const { validation, seed, labels } = checkSplitOptions(source, given);
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

export { labelOptions, splitOptions };
