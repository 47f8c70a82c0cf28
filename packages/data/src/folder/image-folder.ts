import { basename, resolve as absolute } from 'node:path';
import { show } from '@mnet/core/check';
import { resolve } from '@mnet/core/options';
import type { Splits } from '../dataset/image-dataset.ts';
import { loadPictures, type PictureDataset } from '../pictures/load.ts';
import { type PictureOptions, pictureOptions } from '../pictures/options.ts';
import { sharpReader } from './sharp.ts';
import { walk } from './walk.ts';

/**
 * A data set from a folder of JPEG, PNG and WebP pictures, one folder a class:
 *
 *     photographs/cat/1.jpg, photographs/cat/2.png, photographs/dog/garden/3.webp
 *
 * The names of the folders are the classes, in the order of their code points; folders within them belong to the class.
 * Validation and test pictures are held out, stratified by class, as the seed decides. Where `dir` holds a folder
 * `train` that holds the classes' folders, it and `val` (`valid`, `validation`) and `test` beside it are the parts.
 *
 * Each picture is turned upright (Exif), laid on `background` where it is transparent, made RGB, and its largest centred
 * part is resampled to `size` by the filter that `classify` of `@mnet/models` uses. The same files give the same
 * data set on every file system.
 *
 * Hidden files are ignored, links followed. Every other file in a class's folder must be a picture that can be read.
 *
 * Needs Node.js and the package `sharp`.
 *
 * @throws UnreadablePicturesError that names files that cannot be read, unless `skipUnreadable` leaves them out
 * @throws Error if the folder is not there, or holds no, one or an empty class.
 */
export async function imageFolder(
  dir: string,
  given: PictureOptions,
): Promise<Splits<PictureDataset>> {
  if (typeof dir !== 'string' || dir === '') {
    throw new TypeError(`dir: got ${show(dir)}, takes the path of a folder, such as 'photographs'`);
  }
  const options = resolve(pictureOptions, given, 'imageFolder');
  options.signal?.throwIfAborted();
  const reader = await sharpReader();
  const listing = await walk(dir, options.signal);
  return loadPictures(basename(absolute(dir)), listing, reader, options);
}
