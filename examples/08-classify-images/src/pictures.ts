import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import sharp from 'sharp';

const pictureNames = /\.(jpe?g|png|webp)$/i;

/**
 * The pictures of a folder, in the order of their names.
 *
 * @throws Error where it cannot be read or holds none, naming it
 */
export function picturesIn(folder: string, argument: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(
      `${argument} ${folder}: it cannot be read (${code}); give a folder of pictures`,
      {
        cause,
      },
    );
  }
  const pictures = names.filter((name) => pictureNames.test(name) && !name.startsWith('.'));
  if (pictures.length === 0) {
    throw new Error(`${argument} ${folder}: it holds no picture; takes JPEG, PNG and WebP files`);
  }
  return pictures.toSorted().map((name) => join(folder, name));
}

/** A name as files and classes share it: `Maple Tree` is `maple_tree`. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '_');

/** What a file's name says that it shows, of these classes: `apple-1.jpg` shows an apple. */
export function trueClass(file: string, classes: readonly string[]): string | undefined {
  const { name } = parse(file);
  const without = name.replace(/[\s_.-]*\(?\d*\)?$/, '');
  return classes.find((each) => [name, without].some((text) => plain(text) === plain(each)));
}

/** Longest side of a thumbnail, in pixels. */
const side = 180;

/** A small copy of a picture as the address of an image within a page; undefined where it cannot be read. */
export async function thumbnail(file: string): Promise<string | undefined> {
  try {
    const bytes = await sharp(file)
      .autoOrient()
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 70 })
      .toBuffer();
    return `data:image/webp;base64,${bytes.toString('base64')}`;
  } catch {
    return undefined;
  }
}
