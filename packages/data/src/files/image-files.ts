import { show } from '@mnet/core/check';
import { resolve } from '@mnet/core/options';
import type { Splits } from '../dataset/image-dataset.ts';
import { loadPictures, type PictureDataset } from '../pictures/load.ts';
import { type PictureOptions, pictureOptions } from '../pictures/options.ts';
import { canvasReader } from './canvas.ts';

/** A picture of a page, and where it stands: its class's folder and its name, such as `cat/1.jpg`. */
export interface PictureFile {
  readonly path: string;
  readonly file: Blob;
}

/**
 * A data set from files that the user of a page chose: what `imageFolder` is in Node.js, with the same classes, parts,
 * pixels (but for what decoders differ in) and errors.
 *
 * @param files of `<input type="file" webkitdirectory>`, whose paths begin with the chosen folder; or pictures with
 *   paths that begin with their class
 * @throws UnreadablePicturesError that names files that cannot be read, unless `skipUnreadable` leaves them out
 */
export async function imageFiles(
  files: Iterable<File | PictureFile>,
  given: PictureOptions,
): Promise<Splits<PictureDataset>> {
  const options = resolve(pictureOptions, given, 'imageFiles');
  options.signal?.throwIfAborted();
  const reader = canvasReader();
  const placed = new Map<string, Blob>();
  const folders = new Set<string>();
  let name = 'pictures';
  let at = 0;
  for (const each of files) {
    const where = `files[${at++}]`;
    const { path, file } = each instanceof Blob ? chosen(each, where) : each;
    if (typeof path !== 'string' || !(file instanceof Blob)) {
      throw new TypeError(
        `${where}: got ${show(each)}, takes a File, or { path: 'cat/1.jpg', file }`,
      );
    }
    if (placed.has(path)) {
      throw new Error(`${where}: got '${path}' a second time, takes each path once`);
    }
    if (each instanceof Blob) name = each.webkitRelativePath.split('/')[0]!;
    placed.set(path, file);
    const names = path.split('/').slice(0, -1);
    names.forEach((_, depth) => folders.add(names.slice(0, depth + 1).join('/')));
  }
  return loadPictures(name, { where: name, files: placed, folders }, reader, options);
}

/** A file of a chosen folder, whose name its path begins with. */
function chosen(file: File, where: string): PictureFile {
  const [folder, ...rest] = (file.webkitRelativePath ?? '').split('/');
  if (!folder || rest.length === 0) {
    throw new TypeError(
      `${where}: got the file '${file.name}' without a path, takes files of <input type="file" webkitdirectory>, or { path: 'cat/${file.name}', file }`,
    );
  }
  return { path: rest.join('/'), file };
}
