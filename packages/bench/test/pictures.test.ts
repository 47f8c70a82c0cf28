// From files to a network that knows what they show, and to the pixels that `classify` sees.
import '@mnet/backend';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@mnet/core/random';
import { imageAt } from '@mnet/data';
import { imageFolder } from '@mnet/data/folder';
import { setClassifierInfo } from '@mnet/layers';
import { classify, createModel } from '@mnet/models';
import { evaluate, sgd, train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

// A machine that is busy with other work takes its time.
vi.setConfig({ testTimeout: 300_000 });

const formats = ['jpeg', 'png', 'webp'] as const;
const classes = {
  disc: (x: number, y: number, r: number) => `<circle cx="${x}" cy="${y}" r="${r}"/>`,
  frame: (x: number, y: number, r: number) =>
    `<rect x="${x - r}" y="${y - r}" width="${2 * r}" height="${2 * r}" fill="none" stroke="COLOUR" stroke-width="5"/>`,
  lines: (x: number, y: number, r: number) =>
    [-1, 0, 1]
      .map((i) => `<rect x="${x - r}" y="${y + i * 0.6 * r}" width="${2 * r}" height="4"/>`)
      .join(''),
};
const sizes = [
  [48, 64],
  [40, 40],
  [80, 52],
] as const;

let root: string;
beforeAll(async () => {
  await setBackend('mnet');
  root = await mkdtemp(join(tmpdir(), 'mnet-pictures-'));
});
afterAll(() => rm(root, { recursive: true }));

/** Draws pictures of every class in every format, of several sizes, colours and places. */
async function draw(folder: string, perClass: number): Promise<void> {
  const random = new Random(7);
  const colour = (low: number): string =>
    `rgb(${[0, 1, 2].map(() => low + random.below(90)).join(' ')})`;
  for (const [name, shape] of Object.entries(classes)) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const [height, width] = sizes[i % sizes.length]!;
      const format = formats[(i >> 1) % formats.length]!;
      const r = 12 + random.below(5);
      const [x, y] = [width / 2 + random.below(7) - 3, height / 2 + random.below(7) - 3];
      const front = colour(160);
      const figure = shape(x, y, r).replaceAll('COLOUR', front);
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${colour(10)}"/><g fill="${front}">${figure}</g></svg>`;
      const file = join(folder, name, `${i}.${format === 'jpeg' ? 'jpg' : format}`);
      await writeFile(file, await sharp(Buffer.from(svg)).toFormat(format).toBuffer());
    }
  }
}

it('a folder of pictures trains a network through the loop, far above chance', async () => {
  const folder = join(root, 'drawn');
  await draw(folder, 70);
  const data = await imageFolder(folder, { size: 32, validation: 30, test: 0.2, seed: 1 });
  expect(data.train.classes).toEqual(['disc', 'frame', 'lines']);
  expect([data.train.length, data.validation.length, data.test.length]).toEqual([138, 30, 42]);
  const model = createModel('mobilenet_v3_small', {
    classes: 3,
    width: 0.35,
    inputShape: [32, 32, 3],
    seed: 1,
    batchNorm: { momentum: 0.9 },
  });
  const optimizer = sgd({ learningRate: 0.05, momentum: 0.9 });
  const { test } = await train(model, data, { epochs: 12, batchSize: 16, optimizer, seed: 1 });
  expect(test?.accuracy).toBeGreaterThan(0.8);
  expect((await evaluate(model, data.validation)).accuracy).toBeGreaterThan(0.8);
  // What it learned from is what it is shown afterwards.
  const { data: bytes, info } = await sharp(join(folder, 'lines', '1.jpg'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const [first] = await classify(model, { data: bytes, width: info.width, height: info.height });
  expect(first?.label).toBe('lines');
});

it.each([
  [24, 24],
  [9, 31],
  [96, 64],
])(
  'a picture that is loaded at %i × %i has the pixels that classify sees',
  async (height, width) => {
    const folder = join(root, `${height}x${width}`);
    const random = new Random(3);
    const noise = Uint8Array.from({ length: 47 * 83 * 3 }, () => random.below(256));
    const picture = sharp(noise, { raw: { height: 47, width: 83, channels: 3 } });
    for (const name of ['a', 'b']) await mkdir(join(folder, name), { recursive: true });
    await picture.png().toFile(join(folder, 'a', '1.png'));
    await picture.png().toFile(join(folder, 'b', '1.png'));
    const options = { size: [height, width], validation: 0, test: 0 } as const;
    const { train: loaded } = await imageFolder(folder, options);
    const values = imageAt(loaded, 0);
    // A network whose logits are the values that it is given: softmax keeps their differences.
    const model = sequential({ layers: [layers.flatten({ inputShape: [height, width, 3] })] });
    setClassifierInfo(model, {
      classes: Array.from(values, (_, i) => `${i}`),
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    const seen = await classify(model, { data: noise, height: 47, width: 83 });
    const base = seen.find(({ index }) => index === 0)!;
    const logits = seen.map(({ probability }) => 255 * Math.log(probability / base.probability));
    const offset =
      seen.reduce((sum, { index }, k) => sum + values[index]! - logits[k]!, 0) / seen.length;
    let worst = 0;
    seen.forEach(({ index }, k) => {
      worst = Math.max(worst, Math.abs(logits[k]! + offset - values[index]!));
    });
    // Half a level of rounding, and what the logarithm of float32 loses.
    expect(worst).toBeLessThan(0.52);
  },
);
