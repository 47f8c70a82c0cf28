import { batches, disposeBatch } from '@mnet/data';
import type { TrainInfo } from '../callbacks/callback.ts';
import type { Mistake } from '../runs/run-record.ts';
import { pixelsOf, smallPicture } from '../runs/stored-picture.ts';
import type { SummaryValue } from './messages.ts';
import { gridPng } from './png.ts';

/** The first training images as the first step sees them, in one picture. */
export async function augmentedPictures(
  { dataset, augment, batchSize, config }: TrainInfo,
  count: number,
): Promise<SummaryValue> {
  const seed = config.options.seed as number;
  const pass = { batchSize, shuffle: true, seed, ...(augment && { augment }) };
  const [batch] = firstOf(batches(dataset, pass));
  if (!batch) throw new Error('dataset: it has no images');
  const values = await batch.images.data<'float32'>();
  const shown = Math.min(count, batch.indices.length);
  disposeBatch(batch);
  const { shape, mean, std } = dataset;
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const pictures = Array.from({ length: shown }, (_, n) => {
    const pixels = Uint8ClampedArray.from(values.subarray(n * size, (n + 1) * size), (value, i) => {
      const channel = i % channels;
      return 255 * (value * (std[channel] as number) + (mean[channel] as number));
    });
    return smallPicture(pixels, shape);
  });
  return { tag: 'pictures/augmented', image: gridPng(pictures) };
}

/** The most confident mistakes in one picture, and a table that says in the same order what they were taken for. */
export function mistakenPictures(
  mistakes: readonly Mistake[],
  classes: readonly string[],
): SummaryValue[] {
  if (mistakes.length === 0) return [];
  const pictures = mistakes.map(({ picture }) => ({
    shape: picture.shape,
    values: pixelsOf(picture),
  }));
  const lines = [
    '| | image | is | taken for | confidence |',
    '| --: | --: | --- | --- | --: |',
    ...mistakes.map(({ index, label, guess, confidence }, i) => {
      const share = `${(100 * confidence).toFixed(1)} %`;
      return `| ${i + 1} | ${index} | ${classes[label]} | ${classes[guess]} | ${share} |`;
    }),
  ];
  return [
    { tag: 'pictures/mistakes', image: gridPng(pictures) },
    { tag: 'mistakes', plugin: { name: 'text' }, text: `${lines.join('\n')}\n` },
  ];
}

function firstOf<T>(all: Iterable<T>): T[] {
  for (const each of all) return [each];
  return [];
}
