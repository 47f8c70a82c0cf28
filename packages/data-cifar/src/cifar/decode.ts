import { bytes } from '@mnet/core/files';
import { DataFileError } from '../files/errors.ts';
import { type CifarFile, type CifarSource, PIXEL_BYTES, recordBytes } from './source.ts';

const PLANE = PIXEL_BYTES / 3;

/** Records on their way into a data set: pixels as NHWC, and each kind of label. */
export interface DecodedRecords {
  readonly images: Uint8Array;
  readonly fine: Int32Array;
  readonly coarse: Int32Array;
}

/** Room for `count` records. */
export function emptyRecords(count: number): DecodedRecords {
  return {
    images: new Uint8Array(count * PIXEL_BYTES),
    fine: new Int32Array(count),
    coarse: new Int32Array(count),
  };
}

/** Throws unless a file of `size` bytes can be `file`. */
export function assertFileSize(
  source: CifarSource,
  file: CifarFile,
  size: number,
  path: string,
): void {
  const record = recordBytes(source);
  const expected = file.records * record;
  if (size === expected) return;
  const state = size === 0 ? 'is empty' : size < expected ? 'is truncated' : 'is too long';
  throw new DataFileError(
    'size',
    path,
    `the file ${state}: got ${bytes(size)}, expected ${bytes(expected)} (${file.records.toLocaleString('en-US')} records of ${record} bytes). ${mend(source)}`,
  );
}

/**
 * Decodes one binary file into `records` from position `at`: planes of red, green and blue become
 * interleaved pixels. Throws where a label is out of range or contradicts its coarse one.
 *
 * @param path what messages call the file.
 */
export function decodeFile(
  source: CifarSource,
  file: CifarFile,
  data: Uint8Array,
  path: string,
  records: DecodedRecords,
  at: number,
): void {
  assertFileSize(source, file, data.length, path);
  const head = source.labels.length;
  const size = recordBytes(source);
  const { images } = records;
  for (let r = 0; r < file.records; r++) {
    const start = r * size;
    for (const [k, { kind, classes }] of source.labels.entries()) {
      const label = data[start + k]!;
      if (label >= classes.length) {
        throw new DataFileError(
          'label',
          path,
          `record ${r} has ${kind} label ${label}, expected 0..${classes.length - 1}: the file is altered or of another data set. ${mend(source)}`,
        );
      }
      records[kind][at + r] = label;
    }
    const expected = source.coarseOfFine?.[records.fine[at + r]!];
    if (expected !== undefined && expected !== records.coarse[at + r]) {
      throw new DataFileError(
        'label',
        path,
        `record ${r} has fine label ${records.fine[at + r]} and coarse label ${records.coarse[at + r]}, expected coarse label ${expected}: the file is altered. ${mend(source)}`,
      );
    }
    let from = start + head;
    const end = (at + r + 1) * PIXEL_BYTES;
    for (let to = (at + r) * PIXEL_BYTES; to < end; to += 3, from++) {
      images[to] = data[from]!;
      images[to + 1] = data[from + PLANE]!;
      images[to + 2] = data[from + 2 * PLANE]!;
    }
  }
}

/**
 * Throws unless every class has its published number of images: a file that stands in another's
 * place, or a changed label, shows here.
 */
export function assertBalanced(
  source: CifarSource,
  part: 'train' | 'test',
  records: DecodedRecords,
  path: string,
): void {
  if (source.perClass === undefined) return;
  const expected = source.perClass[part];
  const { classes } = source.labels.find(({ kind }) => kind === 'fine')!;
  const counts = new Int32Array(classes.length);
  for (const label of records.fine) counts[label]!++;
  const wrong = counts.findIndex((count) => count !== expected);
  if (wrong === -1) return;
  const names = source[part].map(({ name }) => name).join(', ');
  throw new DataFileError(
    'label',
    path,
    `${names}: got ${counts[wrong]} images of class '${classes[wrong]}', expected ${expected}: a file is altered or there twice. ${mend(source)}`,
  );
}

function mend(source: CifarSource): string {
  return `Delete the unpacked files and load again: they are taken from ${source.archive} in the same folder, or downloaded with download: true`;
}
