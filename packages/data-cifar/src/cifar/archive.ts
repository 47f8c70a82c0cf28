import { bytes, digestOfStream } from '@mnet/core/files';
import { unpackTar } from 'modern-tar';
import { DataFileError } from '../files/errors.ts';
import { type CifarSource, recordBytes, sourceFiles } from './source.ts';

/** What an archive may hold beyond the data: names, a readme, tar headers. */
export const UNPACK_SLACK: number = 16 * 1024 * 1024;

/** Bytes of all files of a source together. */
export function unpackedBytes(source: CifarSource): number {
  return sourceFiles(source).reduce((sum, file) => sum + file.records * recordBytes(source), 0);
}

/**
 * The files of a data set out of its .tar.gz, in memory and without the file system: for a page into which the archive
 * is dropped. Size and digest are checked before anything is unpacked.
 *
 * @throws DataFileError if it is not the archive that the source describes.
 */
export async function filesOfArchive(
  source: CifarSource,
  archive: Blob,
): Promise<Record<string, Uint8Array>> {
  const path = (archive as { name?: string }).name ?? source.archive;
  if (archive.size !== source.archiveBytes) {
    throw new DataFileError(
      'size',
      path,
      `the archive has ${bytes(archive.size)}, expected ${bytes(source.archiveBytes)}. Fetch it again from ${source.url}`,
    );
  }
  const got = await digestOfStream('md5', archive.stream());
  if (got !== source.md5) {
    throw new DataFileError(
      'digest',
      path,
      `the archive is altered: got md5 ${got}, expected ${source.md5}. Fetch it again from ${source.url}`,
    );
  }
  const wanted = new Map(sourceFiles(source).map(({ name }) => [`${source.folder}/${name}`, name]));
  const nameOf = (name: string): string | undefined => wanted.get(name.replace(/^(\.\/)+/, ''));
  const files: Record<string, Uint8Array> = {};
  try {
    const entries = await unpackTar(gunzip(archive, unpackedBytes(source) + UNPACK_SLACK), {
      strict: true,
      filter: ({ name, type }) => type === 'file' && nameOf(name) !== undefined,
    });
    for (const { header, data } of entries) {
      files[nameOf(header.name)!] = data ?? new Uint8Array();
    }
  } catch (error) {
    const message = `the archive cannot be unpacked: ${reasonOf(error)}`;
    throw new DataFileError('archive', path, message, { cause: error });
  }
  return files;
}

/** What an error says, or what has caused it: that of Node.js 24's decompression says nothing itself. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return message === '' && cause instanceof Error ? reasonOf(cause) : message;
}

/** What a gzip file holds, up to so many bytes; more is an error. */
function gunzip(archive: Blob, maxBytes: number): ReadableStream<Uint8Array> {
  let unpacked = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      unpacked += chunk.length;
      if (unpacked > maxBytes) throw new Error(`it unpacks to more than ${bytes(maxBytes)}`);
      controller.enqueue(chunk);
    },
  });
  return archive.stream().pipeThrough(new DecompressionStream('gzip')).pipeThrough(limit);
}
