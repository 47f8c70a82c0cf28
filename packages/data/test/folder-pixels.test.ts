import { imageAt } from '@mnet/data';
import { imageFolder } from '@mnet/data/folder';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { exact, folderOf, plain } from './helpers/pictures.ts';

const png = await plain('png');
/** Everything is trained on. */
const whole = { size: 4, validation: 0, test: 0 };

describe('pixels', () => {
  /** The image that a picture becomes, as rows of [red, green, blue]. */
  async function loaded(picture: Buffer, options: object, name = '1.png'): Promise<number[][]> {
    const dir = await folderOf({ [`a/${name}`]: picture, 'b/1.png': png });
    const { train } = await imageFolder(dir, { ...whole, ...options });
    const bytes = imageAt(train, 0);
    return Array.from({ length: bytes.length / 3 }, (_, p) => [
      ...bytes.subarray(3 * p, 3 * p + 3),
    ]);
  }
  const grid = Array.from({ length: 4 * 4 * 3 }, (_, i) => (i * 37) % 256);
  const rgb = (values: readonly number[]): number[][] =>
    Array.from({ length: values.length / 3 }, (_, p) => values.slice(3 * p, 3 * p + 3));

  test('of a picture of the right size are its own', async () => {
    expect(await loaded(await exact(grid, [4, 4, 3]), {})).toEqual(rgb(grid));
    const lossless = await sharp(Uint8Array.from(grid), {
      raw: { width: 4, height: 4, channels: 3 },
    })
      .webp({ lossless: true })
      .toBuffer();
    expect(await loaded(lossless, {}, '1.webp')).toEqual(rgb(grid));
  });

  test('are the largest centred part of the proportions of size', async () => {
    // Three squares side by side: red, green, blue.
    const stripes = Array.from({ length: 10 * 30 }, (_, p) =>
      [0, 1, 2].map((c) => (Math.floor((p % 30) / 10) === c ? 240 : 16)),
    ).flat();
    const wide = await exact(stripes, [10, 30, 3]);
    const centre = await loaded(wide, { size: 4 });
    centre.forEach(([r, g, b], p) => {
      // What is at the border is a mean with what was cut off, as of a picture that is resized and cropped.
      const inner = p % 4 === 1 || p % 4 === 2;
      if (inner) expect([r, g, b]).toEqual([16, 240, 16]);
      else expect(g! > 200 && r! < 60 && b! < 60).toBe(true);
    });
    const whole30 = await loaded(wide, { size: [10, 30] });
    expect(whole30).toEqual(rgb(stripes));
    const narrow = await sharp(wide).rotate(90).png().toBuffer();
    const grown = await loaded(narrow, { size: 20 });
    for (const pixel of grown.slice(40, 360)) expect(pixel).toEqual([16, 240, 16]);
    expect(await loaded(wide, { size: [2, 6] })).toHaveLength(12);
  });

  test('are means where a picture shrinks', async () => {
    const board = Array.from({ length: 64 * 64 }, (_, p) => ((p + (p >> 6)) % 2) * 255);
    const shrunk = await loaded(await exact(board, [64, 64, 1]), { size: 4 });
    for (const value of shrunk.flat()) expect(Math.abs(value - 127.5)).toBeLessThan(2);
  });

  test('of grey pictures are grey, of 16 bits those of 8', async () => {
    const grey = await exact([0, 50, 100, 255], [2, 2, 1]);
    const expected = [0, 50, 100, 255].map((v) => [v, v, v]);
    expect(await loaded(grey, { size: 2 })).toEqual(expected);
    const deep = await sharp(
      Uint16Array.from([0, 50, 100, 255], (v) => v * 257),
      {
        raw: { width: 2, height: 2, channels: 1 },
      },
    )
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect(await loaded(deep, { size: 2 })).toEqual(expected);
  });

  test.each(['png', 'webp'] as const)(
    'of transparent %s pictures are laid on white, or on background',
    async (format) => {
      const values = [10, 20, 30, 255, 10, 20, 30, 0, 100, 100, 100, 0, 100, 100, 100, 255];
      const clear = await sharp(Uint8Array.from(values), {
        raw: { width: 2, height: 2, channels: 4 },
      })
        .toFormat(format, { lossless: true })
        .toBuffer();
      expect(await loaded(clear, { size: 2 }, `1.${format}`)).toEqual([
        [10, 20, 30],
        [255, 255, 255],
        [255, 255, 255],
        [100, 100, 100],
      ]);
      const [, behind] = await loaded(clear, { size: 2, background: [1, 2, 3] }, `1.${format}`);
      expect(behind).toEqual([1, 2, 3]);
    },
  );

  test('of a half transparent picture are in between', async () => {
    const [mixed] = await loaded(await exact([100, 0, 50, 128], [1, 1, 4]), {
      size: 1,
      background: [0, 200, 50],
    });
    mixed!.forEach((v, c) => expect(Math.abs(v - [50, 100, 50][c]!)).toBeLessThanOrEqual(1));
  });

  test.each([
    ['8 bits', 'b-w', Uint8Array.of(100, 128)],
    ['16 bits', 'grey16', Uint16Array.of(100 * 257, 128 * 257)],
  ] as const)('of a half transparent grey picture of %s too', async (_, space, values) => {
    const half = await sharp(values, { raw: { width: 1, height: 1, channels: 2 } })
      .toColourspace(space)
      .png()
      .toBuffer();
    expect(await sharp(half).metadata()).toMatchObject({ space, channels: 2 });
    const [grey] = await loaded(half, { size: 1, background: [0, 200, 50] });
    grey!.forEach((v, c) => expect(Math.abs(v - [50, 150, 75][c]!)).toBeLessThanOrEqual(1));
    const [light] = await loaded(half, { size: 1 });
    light!.forEach((v) => expect(Math.abs(v - 177)).toBeLessThanOrEqual(1));
  });

  test.each([3, 4] as const)(
    'of %s channels of 16 bits have the colours that their profile says',
    async (channels) => {
      const deep = (numbers: ArrayLike<number>, profile: 'srgb' | 'p3'): Promise<Buffer> =>
        sharp(
          Uint16Array.from([...Array.from(numbers), 255].slice(0, channels), (v) => v * 257),
          { raw: { width: 1, height: 1, channels } },
        )
          .toColourspace('rgb16')
          .withIccProfile(profile)
          .png()
          .toBuffer();
      const red = await deep([255, 0, 0], 'srgb');
      expect(await sharp(red).metadata()).toMatchObject({ space: 'rgb16', hasProfile: true });
      expect(await loaded(red, { size: 1 })).toEqual([[255, 0, 0]]);
      // The numbers of a colour in Display P3, and 16 bits of them.
      const flat = await sharp(await plain('png', [200, 30, 90], [1, 1]))
        .withIccProfile('p3')
        .png()
        .toBuffer();
      const numbers = await sharp(flat, { ignoreIcc: true }).raw().toBuffer();
      expect(numbers[0]).toBeLessThan(190);
      const [pixel] = await loaded(await deep(numbers, 'p3'), { size: 1 });
      pixel!.forEach((v, c) => expect(Math.abs(v - [200, 30, 90][c]!)).toBeLessThanOrEqual(2));
    },
  );

  test('are upright, as the camera was held', async () => {
    const values = [0, 50, 100, 150, 200, 250].flatMap((v) => [v, v, v]);
    const lying = sharp(Uint8Array.from(values), { raw: { width: 3, height: 2, channels: 3 } });
    const turned = await lying.withMetadata({ orientation: 6 }).png().toBuffer();
    expect((await sharp(turned).metadata()).orientation).toBe(6);
    const upright = await loaded(turned, { size: [3, 2] });
    expect(upright.map(([v]) => v)).toEqual([150, 0, 200, 50, 250, 100]);
  });

  test('of an animation are those of its first frame', async () => {
    const frames = Uint8Array.from({ length: 2 * 16 * 3 }, (_, i) => (i < 48 ? 40 : 220));
    const moving = await sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
      .webp({ lossless: true })
      .toBuffer();
    expect((await sharp(moving).metadata()).pages).toBe(2);
    expect(await loaded(moving, {}, '1.webp')).toEqual(
      Array.from({ length: 16 }, () => [40, 40, 40]),
    );
  });

  test('of printing colours are red, green and blue', async () => {
    const cmyk = await sharp(await plain('png', [250, 10, 10]))
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    expect((await sharp(cmyk).metadata()).channels).toBe(4);
    const [[r, g, b] = []] = await loaded(cmyk, {}, '1.jpg');
    expect(r! > 180 && g! < 80 && b! < 80).toBe(true);
  });
});
