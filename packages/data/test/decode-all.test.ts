import { expect, test } from 'vitest';
import { decodeAll, type Reader } from '../src/pictures/decode.ts';
import { Room } from '../src/pictures/room.ts';
import { exact } from './helpers/pictures.ts';

const options = {
  background: [255, 255, 255],
  maxPixels: 100,
  concurrency: 4,
  signal: undefined,
  onProgress: undefined,
} as unknown as Parameters<typeof decodeAll>[4];

/** Pictures of so many pixels, with a count of those that are decoded at the same time. */
async function watched(pixels: readonly number[]) {
  const most = { pictures: 0, pixels: 0 };
  const now = { pictures: 0, pixels: 0 };
  const reader: Reader<Buffer> = {
    read: async (file) => file,
    decode: async (bytes) => {
      const width = Buffer.from(bytes).readUInt32BE(16);
      now.pictures++;
      now.pixels += width;
      most.pictures = Math.max(most.pictures, now.pictures);
      most.pixels = Math.max(most.pixels, now.pixels);
      await new Promise((resolve) => setImmediate(resolve));
      now.pictures--;
      now.pixels -= width;
      return { data: new Uint8Array(3 * width).fill(width), width, height: 1, channels: 3 };
    },
  };
  const files = await Promise.all(pixels.map((n) => exact(new Uint8Array(3 * n), [1, n, 3])));
  const pictures = files.map((file, i) => ({ path: `${i}`, file, label: 0 }));
  return { reader, pictures, most };
}

test('a few pictures are decoded at a time, and each lands in its place', async () => {
  const pixels = Array.from({ length: 30 }, (_, i) => 1 + i);
  const { reader, pictures, most } = await watched(pixels);
  const images = new Uint8Array(30 * 3);
  const unreadable = await decodeAll(pictures, reader, [1, 1], images, options);
  expect(unreadable.size).toBe(0);
  expect(most.pictures).toBe(4);
  pixels.forEach((n, i) => expect(images[3 * i]).toBe(n));
});

test('together they have no more pixels than one may have', async () => {
  const { reader, pictures, most } = await watched([60, 30, 50, 100, 10, 10, 10, 10, 90, 100]);
  await decodeAll(pictures, reader, [1, 1], new Uint8Array(30), options);
  expect(most.pixels).toBeLessThanOrEqual(100);
  expect(most.pictures).toBeGreaterThan(1);
});

test('an error of a decoder that is none of a picture ends it, when all have ended', async () => {
  const { reader, pictures } = await watched([1, 2, 3, 4, 5, 6, 7, 8]);
  let running = 0;
  const failing: Reader<Buffer> = {
    ...reader,
    decode: async (bytes, background) => {
      running++;
      try {
        const decoded = await reader.decode(bytes, background);
        if (decoded.width === 2) throw new Error('out of memory');
        return decoded;
      } finally {
        running--;
      }
    },
  };
  const loading = decodeAll(pictures, failing, [1, 1], new Uint8Array(24), options);
  await expect(loading).rejects.toThrow('out of memory');
  expect(running).toBe(0);
});

test('a room lets in as many as fit, in the order of their coming', async () => {
  const room = new Room(10);
  const entered: number[] = [];
  const come = (size: number): void => void room.enter(size).then(() => entered.push(size));
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  for (const size of [6, 5, 4, 1]) come(size);
  await settle();
  // 4 would fit, but came later than 5.
  expect(entered).toEqual([6]);
  room.leave(6);
  await settle();
  expect(entered).toEqual([6, 5, 4, 1]);
});
