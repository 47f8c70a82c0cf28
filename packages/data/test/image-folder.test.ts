import { rmSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  assertImageDataset,
  channelStatistics,
  compact,
  fingerprint,
  imageAt,
  type Splits,
} from '@mnet/data';
import { imageFolder, type PictureDataset, UnreadablePicturesError } from '@mnet/data/folder';
import sharp from 'sharp';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { folderOf, plain } from './helpers/pictures.ts';

afterEach(() => {
  vi.doUnmock('sharp');
  vi.resetModules();
});

const png = await plain('png');
/** Everything is trained on. */
const whole = { size: 4, validation: 0, test: 0 };

/** The paths of a part's images, with their classes. */
function named(part: PictureDataset): string[] {
  return Array.from(
    part.fileIndices,
    (file, i) => `${part.classes[part.labels[i]!]}: ${part.files[file]}`,
  );
}

function sizes({ train, validation, test: held }: Splits): number[] {
  return [train.length, validation.length, held.length];
}

/** A folder of so many pictures a class, each of another colour. */
async function numbered(counts: Readonly<Record<string, number>>): Promise<string> {
  const files: Record<string, Buffer> = {};
  let n = 0;
  for (const [name, count] of Object.entries(counts)) {
    for (let i = 0; i < count; i++)
      files[`${name}/${i}.png`] = await plain('png', [n++, 7 * i, 90]);
  }
  return folderOf(files);
}

describe('classes', () => {
  test('are the folders, in the order of their code points, with what is in folders within them', async () => {
    const dir = await folderOf({
      'zebra/1.png': png,
      'Zebra/1.PNG': png,
      '10/1.JPeG': await plain('jpeg'),
      '9/b.webp': await plain('webp'),
      '9/a/z.png': png,
      '9/c.png': png,
      // Composed and decomposed, above and beyond what 16 bits hold.
      'e\u0301clair/1.png': png,
      '\u{1f34e} apple, #1 & 100%/1.jpg': await plain('jpeg'),
      '\uff21/1.png': png,
    });
    const { train } = await imageFolder(dir, whole);
    assertImageDataset(train);
    expect(train.classes).toEqual([
      '10',
      '9',
      'Zebra',
      'zebra',
      '\u00e9clair',
      '\uff21',
      '\u{1f34e} apple, #1 & 100%',
    ]);
    expect(named(train)).toEqual([
      '10: 10/1.JPeG',
      '9: 9/a/z.png',
      '9: 9/b.webp',
      '9: 9/c.png',
      'Zebra: Zebra/1.PNG',
      'zebra: zebra/1.png',
      '\u00e9clair: \u00e9clair/1.png',
      '\uff21: \uff21/1.png',
      '\u{1f34e} apple, #1 & 100%: \u{1f34e} apple, #1 & 100%/1.jpg',
    ]);
    expect(train.shape).toEqual([4, 4, 3]);
    expect(train.skipped).toEqual([]);
  });

  test('do not depend on the order in which the file system has them', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `${'cab'[i % 3]}/${(i * 7) % 12}.png`);
    const pictures = await Promise.all(names.map((_, i) => plain('png', [i, 2 * i, 3 * i])));
    const entries = names.map((name, i) => [name, pictures[i]!] as const);
    const options = { size: 4, validation: 3, test: 3, seed: 5 };
    const there = await imageFolder(await folderOf(Object.fromEntries(entries)), options);
    const back = await imageFolder(
      await folderOf(Object.fromEntries(entries.toReversed())),
      options,
    );
    for (const part of ['train', 'validation', 'test'] as const) {
      expect(named(back[part])).toEqual(named(there[part]));
      expect(fingerprint(back[part])).toBe(fingerprint(there[part]));
    }
  });

  test('hidden files are ignored, and what desktops leave behind', async () => {
    const dir = await folderOf({
      '.DS_Store': 'x',
      '.git/config': 'x',
      '__MACOSX/a/._1.png': 'x',
      'README.md': 'about them',
      'a/1.png': png,
      'a/.DS_Store': 'x',
      'a/Thumbs.db': 'x',
      'a/desktop.ini': 'x',
      'a/.thumbnails/1.png': 'x',
      'b/1.png': png,
    });
    const { train } = await imageFolder(dir, whole);
    expect(named(train)).toEqual(['a: a/1.png', 'b: b/1.png']);
  });

  test('links are followed', async () => {
    const elsewhere = await folderOf({ 'x/1.png': png, '2.png': png });
    const dir = await folderOf({ 'a/1.png': png });
    await symlink(join(elsewhere, 'x'), join(dir, 'b'));
    await symlink(join(elsewhere, '2.png'), join(dir, 'a', '2.png'));
    const { train } = await imageFolder(dir, whole);
    expect(named(train)).toEqual(['a: a/1.png', 'a: a/2.png', 'b: b/1.png']);
    await symlink('..', join(dir, 'a', 'up'));
    await expect(imageFolder(dir, whole)).rejects.toThrow(/a\/up: links to a folder that it is in/);
  });

  const wrong: [string, Parameters<typeof folderOf>[0], RegExp][] = [
    ['nothing', {}, /got no folders, takes one folder a class/],
    ['one class', { 'a/1.png': png }, /got one class, 'a', takes at least two/],
    ['an empty class', { 'a/1.png': png, b: null }, /the class 'b' has no pictures/],
    ['a class of hidden files', { 'a/1.png': png, 'b/.x': 'x' }, /the class 'b' has no pictures/],
    [
      'pictures alone',
      { '1.png': png, '2.png': png },
      /'1.png', '2.png' stand in no class's folder/,
    ],
    [
      'pictures beside classes',
      { 'a/1.png': png, 'b/1.png': png, 'c.png': png },
      /'c.png' stands in no class's folder, takes one folder a class/,
    ],
    [
      'two spellings of one class',
      { 'e\u0301/1.png': png, '\u00e9/1.png': png },
      /two folders are called '\u00e9'/,
    ],
  ];
  test.each(wrong)('%s: an error', async (_, files, message) => {
    await expect(imageFolder(await folderOf(files), whole)).rejects.toThrow(message);
  });
});

describe('parts', () => {
  test('are held out of every class, as the seed decides', async () => {
    const dir = await numbered({ a: 20, b: 10, c: 10 });
    const counts = (part: PictureDataset): number[] =>
      [0, 1, 2].map((label) => part.labels.filter((each) => each === label).length);
    const splits = await imageFolder(dir, { size: 4, validation: 8, test: 0.2, seed: 3 });
    expect(sizes(splits)).toEqual([24, 8, 8]);
    for (const part of [splits.validation, splits.test]) expect(counts(part)).toEqual([4, 2, 2]);
    const all = Object.values(splits).flatMap((part) => named(part));
    expect(new Set(all).size).toBe(40);
    for (const part of Object.values(splits)) {
      assertImageDataset(part);
      expect(part.images).toBe(splits.train.images);
    }
    const again = await imageFolder(dir, { size: 4, validation: 8, test: 8, seed: 3 });
    expect(named(again.validation)).toEqual(named(splits.validation));
    const other = await imageFolder(dir, { size: 4, validation: 8, test: 8, seed: 4 });
    expect(named(other.validation)).not.toEqual(named(splits.validation));
    // A tenth each where nothing else is said.
    expect(sizes(await imageFolder(dir, { size: 4 }))).toEqual([32, 4, 4]);
  });

  test('are the folders train, val and test, where there are such', async () => {
    const files = {
      'train/a/1.png': png,
      'train/a/2.png': png,
      'train/b/1.png': png,
      'train/b/2.png': png,
      'README.txt': 'about them',
    };
    const trained = await imageFolder(await folderOf(files), { size: 4 });
    expect(sizes(trained)).toEqual([4, 0, 0]);
    expect(trained.train.classes).toEqual(['a', 'b']);
    for (const folder of ['val', 'valid', 'validation', 'Val']) {
      const dir = await folderOf({
        ...files,
        [`${folder}/b/1.png`]: png,
        'test/a/1.png': png,
        'test/a/2.png': png,
        'test/b': null,
      });
      const splits = await imageFolder(dir, { size: 4 });
      expect(named(splits.validation)).toEqual([`b: ${folder}/b/1.png`]);
      expect(named(splits.test)).toEqual(['a: test/a/1.png', 'a: test/a/2.png']);
      expect(splits.train.classes).toEqual(['a', 'b']);
      await expect(imageFolder(dir, { size: 4, validation: 1 })).rejects.toThrow(
        'validation: got 1, takes none where there is a folder of validation pictures',
      );
    }
    const asked = await imageFolder(await folderOf({ ...files, 'test/a/1.png': png }), {
      size: 4,
      validation: 0.5,
    });
    expect(sizes(asked)).toEqual([2, 2, 1]);
  });

  test('a class may be called train: its folder holds pictures', async () => {
    const dir = await folderOf({ 'bus/1.png': png, 'test/1.png': png, 'train/1.png': png });
    const { train } = await imageFolder(dir, whole);
    expect(train.classes).toEqual(['bus', 'test', 'train']);
  });

  const wrong: [string, Parameters<typeof folderOf>[0], RegExp][] = [
    [
      'val without train',
      { 'val/a/1.png': png, 'val/b/1.png': png },
      /'val' holds folders of classes, but there is no such folder 'train'/,
    ],
    [
      'another folder',
      { 'train/a/1.png': png, 'train/b/1.png': png, 'extra/a/1.png': png },
      /got the folder 'extra' beside train\//,
    ],
    [
      'one part twice',
      { 'train/a/1.png': png, 'train/b/1.png': png, 'val/a/1.png': png, 'validation/a/1.png': png },
      /got the folder 'validation' beside train\/ with its folders of classes, which is there twice/,
    ],
    [
      'a class that train has not',
      { 'train/a/1.png': png, 'train/b/1.png': png, 'val/c/1.png': png },
      /val\/c is no class of train, which has 'a', 'b'/,
    ],
    [
      'pictures without a class',
      { 'train/a/1.png': png, 'train/b/1.png': png, 'test/1.png': png },
      /'test\/1.png' in no class's folder, takes test\/CLASS\/1.png/,
    ],
    ['an empty class', { 'train/a/1.png': png, 'train/b': null }, /the class 'b' has no pictures/],
  ];
  test.each(wrong)('%s: an error', async (_, files, message) => {
    await expect(imageFolder(await folderOf(files), { size: 4 })).rejects.toThrow(message);
  });

  test('must leave pictures of each class to train on', async () => {
    const dir = await numbered({ a: 9, b: 1 });
    await expect(imageFolder(dir, { size: 4, validation: 9, test: 1 })).rejects.toThrow(
      /no picture of the class 'a' is left to train on/,
    );
    await expect(imageFolder(dir, { size: 4, validation: 9, test: 2 })).rejects.toThrow(
      'validation, test: got 9 and 2 of 10 pictures, takes fewer',
    );
  });
});

describe('mean and std', () => {
  test('are those of the training pictures, for every part', async () => {
    const dir = await numbered({ a: 12, b: 12 });
    const { train, validation, test: held } = await imageFolder(dir, { size: 4 });
    const { mean, std } = channelStatistics(compact(train).images, 3);
    // Blue is 90 everywhere: its values become 0, and not NaN.
    for (const part of [train, validation, held]) {
      expect(part.mean).toEqual(mean);
      expect(part.std).toEqual([std[0], std[1], 1]);
    }
  });

  test('or those that are given, as a pretrained network wants them', async () => {
    const dir = await numbered({ a: 2, b: 2 });
    const given = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    expect((await imageFolder(dir, { ...whole, ...given })).train).toMatchObject(given);
    await expect(imageFolder(dir, { ...whole, mean: given.mean })).rejects.toThrow(
      'std: got undefined, takes three',
    );
    await expect(imageFolder(dir, { ...whole, ...given, mean: [0.5] })).rejects.toThrow(
      'mean: got 1 values, takes three',
    );
  });
});

describe('files that cannot be read', () => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) >> 3);
  const textured = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
  const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);
  /** A PNG whose header promises 100,000 × 100,000 pixels. */
  const bomb = Buffer.from(png);
  bomb.writeUInt32BE(100_000, 16);
  bomb.writeUInt32BE(100_000, 20);

  async function broken(): Promise<string> {
    const dir = await folderOf({
      'a/good.png': png,
      'a/empty.jpg': '',
      'a/text.jpg': 'this is no picture',
      'a/drawing.png': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      'a/moving.jpg': await plain('gif'),
      'a/half.jpg': half(await textured.clone().jpeg().toBuffer()),
      'a/half.png': half(await textured.clone().png().toBuffer()),
      'a/half.webp': half(await textured.clone().webp().toBuffer()),
      'b/bomb.png': bomb,
      'b/good.png': png,
      'b/notes.txt': 'notes',
      'b/other.gif': await plain('gif'),
    });
    await symlink('nowhere.png', join(dir, 'b', 'link.png'));
    return dir;
  }
  const decoded: [string, RegExp][] = [
    ['a/drawing.png', /^is no JPEG, PNG or WebP picture, but svg$/],
    ['a/empty.jpg', /^is empty$/],
    ['a/half.jpg', /^cannot be decoded: ./],
    ['a/half.png', /^cannot be decoded: ./],
    ['a/half.webp', /^cannot be decoded: ./],
    ['a/moving.jpg', /^is no JPEG, PNG or WebP picture, but gif$/],
    ['a/text.jpg', /^is no JPEG, PNG or WebP picture$/],
    ['b/bomb.png', /^is a PNG picture of 100000 × 100000 pixels, more than maxPixels: 100000000$/],
    ['b/link.png', /^is a link to nothing$/],
  ];
  const byName: [string, RegExp][] = [
    ['b/notes.txt', /^is no .jpg, .jpeg, .png or .webp by its name$/],
    ['b/other.gif', /^is no .jpg, .jpeg, .png or .webp by its name$/],
  ];

  const refused = async (dir: string, options: object = {}): Promise<UnreadablePicturesError> => {
    const error = await imageFolder(dir, { ...whole, ...options }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UnreadablePicturesError);
    return error as UnreadablePicturesError;
  };

  test('are named, all of them at once', async () => {
    const dir = await broken();
    for (const [path] of byName) await rm(join(dir, path));
    for (const name of ['c', 'd']) await writeFile(join(dir, 'a', `${name}.jpg`), '');
    const { pictures, message } = await refused(dir);
    const expected = decoded.flatMap(([path, reason]) =>
      path === 'a/drawing.png'
        ? [
            ['a/c.jpg', /^is empty$/] as const,
            ['a/d.jpg', /^is empty$/] as const,
            [path, reason] as const,
          ]
        : [[path, reason] as const],
    );
    expect(pictures.map(({ path }) => path)).toEqual(expected.map(([path]) => path));
    expected.forEach(([, reason], i) => expect(pictures[i]?.reason).toMatch(reason));
    expect(message).toContain('11 files cannot be read as pictures');
    expect(message).toContain('skipUnreadable: true');
    expect(message).toContain('\n  a/empty.jpg is empty\n');
    expect(message).toMatch(/\n {2}and 1 more$/);
  });

  test('and those that are none by their names before any is decoded', async () => {
    const onProgress = vi.fn<() => void>();
    const { pictures } = await refused(await broken(), { onProgress });
    expect(pictures.map(({ path }) => path)).toEqual(byName.map(([path]) => path));
    byName.forEach(([, reason], i) => expect(pictures[i]?.reason).toMatch(reason));
    expect(onProgress).not.toHaveBeenCalled();
  });

  test('are left out and listed with skipUnreadable', async () => {
    const { train } = await imageFolder(await broken(), { ...whole, skipUnreadable: true });
    assertImageDataset(train);
    expect(named(train)).toEqual(['a: a/good.png', 'b: b/good.png']);
    expect([...imageAt(train, 1).subarray(0, 3)]).toEqual([200, 30, 90]);
    expect(train.skipped.map(({ path }) => path)).toEqual(
      [...byName, ...decoded].map(([path]) => path),
    );
    const alone = await imageFolder(
      await folderOf({ 'a/good.png': png, 'b/good.png': png }),
      whole,
    );
    expect(fingerprint(train)).toBe(fingerprint(alone.train));
  });

  test('a class of which none can be read is an error all the same', async () => {
    const dir = await folderOf({ 'a/1.png': png, 'b/1.png': 'x' });
    await expect(imageFolder(dir, { ...whole, skipUnreadable: true })).rejects.toThrow(
      /no picture of the class 'b' is left/,
    );
  });

  test('nor can those that go away while others are read', async () => {
    const dir = await folderOf({ 'a/1.png': png, 'b/1.png': png });
    const onProgress = ({ path }: { path: string }): void => {
      if (path === 'a/1.png') rmSync(join(dir, 'b', '1.png'));
    };
    const { message } = await refused(dir, { concurrency: 1, onProgress });
    expect(message).toMatch(/b\/1.png cannot be read: ENOENT/);
  });

  test('a picture may have as many pixels as maxPixels says', async () => {
    const dir = await folderOf({
      'a/1.png': await plain('png', [1, 2, 3], [5, 8]),
      'b/1.png': png,
    });
    expect((await imageFolder(dir, { ...whole, maxPixels: 40 })).train.length).toBe(2);
    await expect(imageFolder(dir, { ...whole, maxPixels: 39 })).rejects.toThrow(
      'a/1.png is a PNG picture of 8 × 5 pixels, more than maxPixels: 39',
    );
  });
});

describe('the course of a loading', () => {
  test('is told picture by picture', async () => {
    const dir = await numbered({ a: 5, b: 4 });
    const seen: { path: string; done: number; total: number }[] = [];
    await imageFolder(dir, { ...whole, onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(seen.map(({ path }) => path)).size).toBe(9);
    expect(new Set(seen.map(({ total }) => total))).toEqual(new Set([9]));
  });

  test('ends with its signal, and with an error of onProgress', async () => {
    const dir = await numbered({ a: 20, b: 20 });
    const ended = new AbortController();
    let last = 0;
    const loading = imageFolder(dir, {
      ...whole,
      signal: ended.signal,
      onProgress: ({ done }) => {
        last = done;
        if (done === 3) ended.abort(new Error('enough'));
      },
    });
    await expect(loading).rejects.toThrow('enough');
    expect(last).toBeLessThan(8);
    await expect(imageFolder(dir, { ...whole, signal: ended.signal })).rejects.toThrow('enough');
    const onProgress = (): never => {
      throw new Error('a full disk');
    };
    await expect(imageFolder(dir, { ...whole, onProgress })).rejects.toThrow('a full disk');
  });
});

describe('wrong arguments', () => {
  test('the folder', async () => {
    const dir = await folderOf({ 'a.png': png });
    await expect(imageFolder(join(dir, 'b'), whole)).rejects.toThrow(
      /dir: got '.*b', which is not there; takes a folder of pictures/,
    );
    await expect(imageFolder(join(dir, 'a.png'), whole)).rejects.toThrow(/a file; takes a folder/);
    await expect(imageFolder('', whole)).rejects.toThrow("dir: got '', takes the path of a folder");
  });

  const wrong: [object, string][] = [
    [{ size: undefined }, 'size: got undefined, takes a whole number from 1'],
    [{ size: 0 }, 'size: got 0'],
    [{ size: [32] }, 'size: got [32], takes'],
    [{ size: [32, 1.5] }, 'size: got [32, 1.5], takes'],
    [{ validation: 1.5 }, 'validation: got 1.5, takes a whole number of pictures, or a share'],
    [{ test: -1 }, 'test: got -1'],
    [{ seed: 0.5 }, 'seed: got 0.5'],
    [{ background: 'white' }, "background: got 'white', takes [red, green, blue]"],
    [{ background: [0, 0, 256] }, 'background: got [0, 0, 256]'],
    [{ maxPixels: 0 }, 'maxPixels: got 0'],
    [{ concurrency: 0 }, 'concurrency: got 0'],
    [{ skipUnreadable: 1 }, 'skipUnreadable: got 1'],
    [{ signal: {} }, 'signal: got Object, takes an AbortSignal'],
    [{ onProgress: 1 }, 'onProgress: got 1'],
    [{ sise: 32 }, "imageFolder: unknown option 'sise', takes size, validation"],
  ];
  test.each(wrong)('%j', async (options, message) => {
    await expect(imageFolder('nowhere', { ...whole, ...options })).rejects.toThrow(message);
  });

  test('a missing sharp is told with the command that installs it', async () => {
    vi.doMock('sharp', () => {
      throw new Error("Cannot find package 'sharp'");
    });
    vi.resetModules();
    const fresh = await import('@mnet/data/folder');
    await expect(fresh.imageFolder('nowhere', whole)).rejects.toThrow(
      'imageFolder: pictures are decoded by the package sharp, which cannot be loaded; write npm install sharp',
    );
  });
});
