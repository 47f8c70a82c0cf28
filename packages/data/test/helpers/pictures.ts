import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

type Rgb = readonly [number, number, number];

/** A picture of one colour in a file format. */
export function plain(
  format: 'jpeg' | 'png' | 'webp' | 'gif',
  [r, g, b]: Rgb = [200, 30, 90],
  [height, width]: readonly [number, number] = [4, 4],
): Promise<Buffer> {
  const create = { width, height, channels: 3, background: { r, g, b } } as const;
  return sharp({ create }).toFormat(format).toBuffer();
}

/** A picture of these values as PNG, which loses nothing. */
export function exact(
  values: ArrayLike<number>,
  [height, width, channels]: readonly [number, number, 1 | 2 | 3 | 4],
): Promise<Buffer> {
  return sharp(Uint8Array.from(values), { raw: { width, height, channels } }).png().toBuffer();
}

/** A temporary folder with these files, until the test has finished. Null stands for an empty folder. */
export async function folderOf(
  files: Readonly<Record<string, Uint8Array | string | null>>,
): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mnet-pictures-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(bytes === null ? join(dir, path) : dirname(join(dir, path)), { recursive: true });
    if (bytes !== null) await writeFile(join(dir, path), bytes);
  }
  return dir;
}
