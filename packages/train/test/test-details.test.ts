import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@mnet/core/random';
import { type ImageDataset, imageAt } from '@mnet/data';
import {
  evaluate,
  evaluateLogits,
  readRun,
  runPaths,
  type TestDetails,
  train,
  type TrainOptions,
} from '@mnet/train';
import { reshape, setBackend, slice, tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pixelsOf, storedPicture } from '../src/runs/stored-picture.ts';
import { tinyModel, tinySplits } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-details-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const folder = (): string => join(root, `run${++folders}`);
const data = tinySplits();
const quick: TrainOptions = { epochs: 1, batchSize: 16 };

/** A data set whose pictures are their own logits: one row of as many pixels as classes. */
function logitsAsPictures(rows: readonly (readonly number[])[], labels: readonly number[]) {
  const classes = (rows[0] as readonly number[]).length;
  const dataset: ImageDataset = {
    name: 'logits',
    shape: [1, classes, 1],
    classes: Array.from({ length: classes }, (_, i) => `c${i}`),
    mean: [0],
    std: [1 / 255],
    images: Uint8Array.from(rows.flat()),
    labels: Int32Array.from(labels),
    length: rows.length,
  };
  return dataset;
}

describe('the most confident mistakes', () => {
  const rows = [
    [3, 0, 0],
    [0, 5, 0],
    [0, 1, 0],
    [9, 0, 0],
    [0, 5, 0],
    [0, 5, 0],
  ];
  const labels = [1, 0, 0, 0, 0, 2];
  const dataset = logitsAsPictures(rows, labels);
  const forward = (images: Parameters<typeof reshape>[0]) => reshape(images, [-1, 3]) as Tensor2D;

  it('come in the order of their confidence, equal ones in that of the images', async () => {
    const { mistakes } = await evaluateLogits(forward, dataset, { batchSize: 4 });
    expect(mistakes.map(({ index }) => index)).toEqual([1, 4, 5, 0, 2]);
    const share = Math.exp(5) / (Math.exp(5) + 2);
    const [first] = mistakes;
    expect(first).toMatchObject({ index: 1, label: 0, guess: 1 });
    expect(first?.confidence).toBeCloseTo(share, 6);
    expect(mistakes[2]).toMatchObject({ label: 2, guess: 1 });
  });

  it('are as many as asked for, and those of the highest confidence', async () => {
    const two = await evaluateLogits(forward, dataset, { batchSize: 1, mistakes: 2 });
    expect(two.mistakes.map(({ index }) => index)).toEqual([1, 4]);
    const none = await evaluateLogits(forward, dataset, { mistakes: 0 });
    expect(none.mistakes).toEqual([]);
    await expect(evaluateLogits(forward, dataset, { mistakes: -1 })).rejects.toThrow(
      'mistakes: got -1, takes a whole number from 0',
    );
  });

  it('are none of an image whose logits say nothing', async () => {
    const table = tensor2d([Number.NaN, 0, 0, Number.POSITIVE_INFINITY, 0, 0, 2, 0, 0], [3, 3]);
    const three = logitsAsPictures(rows.slice(0, 3), [1, 1, 1]);
    const { mistakes } = await evaluateLogits(() => slice(table, 0, 3), three);
    expect(mistakes.map(({ index }) => index)).toEqual([2]);
    table.dispose();
  });
});

describe('a stored picture', () => {
  const random = new Random(4);
  const dataset = (shape: ImageDataset['shape'], length: number) => {
    const images = new Uint8Array(length * shape[0] * shape[1] * shape[2]);
    for (let i = 0; i < images.length; i++) images[i] = random.below(256);
    return { shape, images, length };
  };

  it('is the image itself, of a view too, where it is small', () => {
    const small = dataset([6, 64, 3], 3);
    const view = { ...small, length: 2, positions: Int32Array.of(2, 0) };
    const picture = storedPicture(view, 0);
    expect(picture.shape).toEqual([6, 64, 3]);
    expect(pixelsOf(picture)).toEqual(imageAt(small, 2));
    expect(picture.pixels).toBe(Buffer.from(imageAt(small, 2)).toString('base64'));
  });

  it('keeps its proportions and its mean where it is made smaller', () => {
    const shape = [100, 200, 1] as const;
    const large = { shape, images: new Uint8Array(20_000).fill(77), length: 1 };
    large.images.fill(177, 10_000);
    const picture = storedPicture(large, 0);
    expect(picture.shape).toEqual([32, 64, 1]);
    const pixels = pixelsOf(picture);
    expect(pixels).toHaveLength(32 * 64);
    expect([pixels[0], pixels.at(-1)]).toEqual([77, 177]);
    expect(pixels.reduce((a, b) => a + b, 0) / pixels.length).toBeCloseTo(127, 0);
    expect(storedPicture(dataset([1, 300, 3], 1), 0).shape).toEqual([1, 64, 3]);
  });

  it('has 1 or 3 channels, the first ones', () => {
    const two = dataset([2, 2, 2], 1);
    expect(pixelsOf(storedPicture(two, 0))).toEqual(two.images.filter((_, i) => i % 2 === 0));
    const four = dataset([2, 2, 4], 1);
    expect(pixelsOf(storedPicture(four, 0))).toEqual(four.images.filter((_, i) => i % 4 < 3));
  });
});

describe('what a run keeps of its test', () => {
  it('is what evaluate gives, in the folder and without one', async () => {
    const run = folder();
    const model = tinyModel();
    const { record, test } = await train(model, data, { ...quick, run });
    const evaluation = await evaluate(model, data.test);
    const details = record.details as TestDetails;
    expect(details.confusion).toEqual(evaluation.confusion);
    expect(details.reliability).toEqual(evaluation.reliability);
    expect(details.mistakes).toMatchObject(evaluation.mistakes);
    expect(details.mistakes.length).toBeGreaterThan(2);
    for (const { index, picture } of details.mistakes) {
      expect(pixelsOf(picture)).toEqual(imageAt(data.test, index));
    }
    expect(test?.ece).toBe(evaluation.ece);
    expect(readRun(run).details).toEqual(details);
    const inMemory = await train(tinyModel(), data, quick);
    expect(inMemory.record.details).toEqual(details);
    const again = await train(tinyModel(), data, { ...quick, run, resume: true });
    expect(again.record.details).toEqual(details);
  });

  it('has as many mistakes as asked for, and nothing without test images', async () => {
    const { record } = await train(tinyModel(), data, { ...quick, mistakes: 1 });
    expect(record.details?.mistakes).toHaveLength(1);
    const { train: images, validation } = data;
    const run = folder();
    const untested = await train(tinyModel(), { train: images, validation }, { ...quick, run });
    expect(untested.record.details).toBeUndefined();
  });

  it('goes with the run that is replaced', async () => {
    const run = folder();
    await train(tinyModel(), data, { ...quick, run });
    const { train: images } = data;
    const next = await train(tinyModel(), { train: images }, { ...quick, run, overwrite: true });
    expect(next.record.details).toBeUndefined();
    expect(() => readFileSync(runPaths(run).test)).toThrow('ENOENT');
  });

  it('is named where it is damaged or of another run, and missed where it is gone', async () => {
    const run = folder();
    const { record } = await train(tinyModel(), data, { ...quick, run });
    const { test: file } = runPaths(run);
    const text = readFileSync(file, 'utf8');
    const whole = JSON.parse(text);
    const [mistake] = whole.mistakes;
    const bad = (content: unknown, message: string): void => {
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      expect(() => readRun(run)).toThrow(
        `${file}: not what this run keeps of its test: ${message}`,
      );
    };
    bad(text.slice(0, -20), '');
    bad('null', '');
    bad({ ...whole, run: 'x' }, `run: got 'x', takes '${record.id}' as in config.json`);
    bad({ ...whole, confusion: 3 }, 'confusion: got 3, takes an array');
    bad({ ...whole, confusion: [[1, 2]] }, 'confusion[0]: got 2 counts, takes 1, one a class');
    bad({ ...whole, confusion: [['a']] }, "confusion[0][0]: got 'a', takes a whole number");
    bad({ ...whole, reliability: [null] }, 'reliability[0]: got null, takes an object');
    bad(
      { ...whole, reliability: [{ ...whole.reliability[0], accuracy: 2 }] },
      'reliability[0].accuracy: got 2',
    );
    const changed = (change: object) => ({ ...whole, mistakes: [{ ...mistake, ...change }] });
    bad(changed({ guess: 3 }), 'mistakes[0].guess: got 3, takes a whole number from 0 to 2');
    bad(changed({ confidence: 'high' }), "mistakes[0].confidence: got 'high'");
    const { picture } = mistake;
    bad(changed({ picture: { ...picture, shape: [6, 6, 2] } }), 'mistakes[0].picture.shape: got');
    for (const pixels of [picture.pixels.slice(4), picture.pixels.replace(/./, '<'), 7]) {
      bad(
        changed({ picture: { ...picture, pixels } }),
        'mistakes[0].picture.pixels: is not 108 bytes in base64',
      );
    }
    const resumed = train(tinyModel(), data, { ...quick, run, resume: true });
    await expect(resumed).rejects.toThrow(file);
    rmSync(file);
    const { details: _, ...others } = record;
    expect(readRun(run)).toEqual(others);
    writeFileSync(file, text);
    expect(readRun(run)).toEqual(record);
  });
});
