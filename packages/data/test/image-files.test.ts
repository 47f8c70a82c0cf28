import { compact, type ImageDataset } from '@mnet/data';
import { imageFiles } from '@mnet/data/files';
import { imageFolder } from '@mnet/data/folder';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { bundle } from '../../../tools/browser/bundle.mjs';
import { chromiumPath, resultOf, startChromium } from '../../../tools/browser/chromium.mjs';
import { pageOf, serve } from '../../../tools/browser/serve.mjs';
import { exact, folderOf, plain } from './helpers/pictures.ts';

/** What the page gives: a part, or the message of an error. */
interface Part extends Pick<ImageDataset, 'name' | 'classes' | 'mean'> {
  readonly images: number[];
  readonly labels: number[];
  readonly paths: string[];
  readonly skipped: { path: string; reason: string }[];
}
interface Result {
  readonly chosen: Record<'train' | 'validation', Part>;
  readonly same: boolean;
  readonly refused: string[];
  readonly left: Part;
  readonly seen: number;
}

const program = (files: Record<string, Buffer>, broken: Record<string, Buffer>): string => `
  import { imageFiles } from '@mnet/data/files';
  import { compact } from '@mnet/data';

  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const files = Object.entries(${JSON.stringify(encoded(files))});
  const broken = Object.entries(${JSON.stringify(encoded(broken))});
  const placed = (list) => list.map(([path, text]) => ({ path, file: new Blob([bytes(text)]) }));
  /** As an input with webkitdirectory gives them. */
  const chosen = (list) => list.map(([path, text]) => Object.defineProperty(
    new File([bytes(text)], path.split('/').at(-1)),
    'webkitRelativePath',
    { value: 'my pictures/' + path },
  ));
  const plain = (part) => {
    const { name, classes, mean, images, labels, files, fileIndices, skipped } = compact(part);
    const paths = Array.from(fileIndices, (i) => files[i]);
    return { name, classes, mean, images: [...images], labels: [...labels], paths, skipped };
  };
  const message = (promise) => promise.then(() => 'none', (error) => error.message);
  async function run() {
    const options = { size: [6, 8], validation: 2, test: 0, seed: 2 };
    let seen = 0;
    const first = await imageFiles(chosen(files), { ...options, onProgress: () => { seen++; } });
    const second = await imageFiles(placed(files.toReversed()), options);
    const loaded = { train: plain(first.train), validation: plain(first.validation) };
    const all = { ...options, validation: 0 };
    return {
      chosen: loaded,
      same: JSON.stringify(plain(second.train).images) === JSON.stringify(loaded.train.images),
      refused: [
        await message(imageFiles([new File([], 'a.png')], options)),
        await message(imageFiles([...placed(files), placed(files)[0]], options)),
        await message(imageFiles([{ path: 1 }], options)),
        await message(imageFiles([...placed(files), ...placed(broken)], all)),
      ],
      left: plain((await imageFiles([...placed(files), ...placed(broken)], { ...all, skipUnreadable: true })).train),
      seen,
    };
  }
  globalThis.result = run();`;

const encoded = (files: Record<string, Buffer>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([path, bytes]) => [path, bytes.toString('base64')]),
  );

const smooth = (height: number, width: number, seed: number): number[] =>
  Array.from({ length: height * width * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return Math.round(127 + 100 * Math.sin((x * (c + 1) + seed) / 9) * Math.cos((y + seed) / 7));
  });

test.skipIf(!chromiumPath())(
  'in Chromium (skipped where there is none): chosen files become what their folder is in Node.js',
  async () => {
    const rgb = (h: number, w: number, seed: number) =>
      sharp(Uint8Array.from(smooth(h, w, seed)), { raw: { height: h, width: w, channels: 3 } });
    const clear = Array.from({ length: 6 * 8 * 4 }, (_, i) =>
      i % 4 === 3 ? (i % 8 < 4 ? 0 : 255) : 40,
    );
    const files = {
      'cat/1.png': await exact(smooth(24, 40, 1), [24, 40, 3]),
      'cat/2.png': await exact(
        smooth(6, 8, 2).filter((_, i) => i % 3 === 0),
        [6, 8, 1],
      ),
      'cat/in/3.png': await exact(clear, [6, 8, 4]),
      'dog/1.jpg': await rgb(30, 50, 4)
        .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
        .toBuffer(),
      'dog/2.webp': await rgb(41, 31, 5).webp({ lossless: true }).toBuffer(),
      'dog/3.jpg': await rgb(50, 30, 6)
        .withMetadata({ orientation: 6 })
        .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
        .toBuffer(),
    };
    const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);
    const bomb = await plain('png');
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    const broken = {
      'dog/bomb.png': bomb,
      'dog/empty.png': Buffer.alloc(0),
      'dog/half.jpg': half(files['dog/1.jpg']),
      'dog/half.png': half(files['cat/1.png']),
      'dog/half.webp': half(files['dog/2.webp']),
      'dog/text.jpg': Buffer.from('no picture'),
    };
    const script = await bundle(program(files, broken), 'browser', import.meta.dirname);
    const server = await serve({ '/index.html': pageOf('/page.js'), '/page.js': script });
    const browser = await startChromium();
    try {
      const result = (await resultOf(browser, server.url)) as Result;
      const options = { size: [6, 8], validation: 2, test: 0, seed: 2 } as const;
      const there = await imageFolder(await folderOf(files), options);
      for (const key of ['train', 'validation'] as const) {
        const [page, part] = [result.chosen[key], there[key]];
        expect(page).toMatchObject({ name: 'my pictures', classes: ['cat', 'dog'], skipped: [] });
        expect(page.paths).toEqual(Array.from(part.fileIndices, (i) => part.files[i]));
        expect(page.labels).toEqual([...part.labels]);
        const { images } = compact(part);
        page.paths.forEach((path, i) => {
          // Two decoders of JPEG may round each pixel in their own way.
          const allowed = path.endsWith('.jpg') ? 2 : 0;
          for (let p = 144 * i; p < 144 * (i + 1); p++) {
            expect(Math.abs(page.images[p]! - images[p]!)).toBeLessThanOrEqual(allowed);
          }
        });
      }
      expect([result.same, result.seen]).toEqual([true, 6]);
      const [pathless, twice, wrong, unreadable] = result.refused;
      expect(pathless).toMatch(/^files\[0\]: got the file 'a.png' without a path/);
      expect(twice).toMatch(/^files\[6\]: got 'cat\/1.png' a second time/);
      expect(wrong).toMatch(/^files\[0\]: got Object, takes a File/);
      expect(unreadable).toMatch(/^pictures: 6 files cannot be read as pictures/);
      expect(result.left.skipped.map(({ path }) => path)).toEqual(Object.keys(broken));
      expect(result.left.paths).toEqual(Object.keys(files));
    } finally {
      await browser.close();
      await server.close();
    }
  },
);

test('in Node.js it says what to use', async () => {
  await expect(imageFiles([], { size: 4 })).rejects.toThrow('imageFiles: needs a browser');
});
