import { integerFrom, integerIn, numberIn, show } from '@mnet/core/check';
import { nodeModules, writeWholeSync } from '@mnet/core/files';
import type { ImageDataset } from '@mnet/data';
import type { Evaluation } from '../evaluation/evaluate.ts';
import type { TestDetails } from './run-record.ts';
import { storedPicture } from './stored-picture.ts';

/** What a run keeps of an evaluation beside its figures, with the pictures of the mistakes. */
export function testDetails(
  { confusion, reliability, mistakes }: Evaluation,
  dataset: ImageDataset,
): TestDetails {
  return {
    confusion,
    reliability,
    mistakes: mistakes.map((mistake) => {
      return { ...mistake, picture: storedPicture(dataset, mistake.index) };
    }),
  };
}

/**
 * Writes `test.json`, whole or not at all.
 *
 * @param run the id of the run it is of
 */
export function writeTestDetails(file: string, run: string, details: TestDetails): void {
  writeWholeSync(file, `${JSON.stringify({ run, ...details })}\n`);
}

/**
 * Reads a run's `test.json`.
 *
 * @param run the id of the run it must be of
 * @returns undefined where there is none, as of runs of earlier versions
 * @throws if it cannot be read, is no such file or of another run, naming it.
 */
export function readTestDetails(file: string, run: string): TestDetails | undefined {
  const { fs } = nodeModules('run');
  if (!fs.existsSync(file)) return undefined;
  try {
    const { run: of, ...details } = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (of !== run) {
      throw new Error(`run: got ${show(of)}, takes ${show(run)} as in config.json`);
    }
    checkDetails(details);
    return details;
  } catch (error) {
    throw new Error(
      `${file}: not what this run keeps of its test: ${(error as Error).message}. Put it right, or remove it: the run is whole without it`,
      { cause: error },
    );
  }
}

type Unchecked = Readonly<Record<string, unknown>>;

function checkDetails(details: Unchecked): asserts details is Unchecked & TestDetails {
  const confusion = listOf(details.confusion, 'confusion');
  confusion.forEach((row, label) => {
    const counts = listOf(row, `confusion[${label}]`);
    if (counts.length !== confusion.length) {
      throw new RangeError(
        `confusion[${label}]: got ${counts.length} counts, takes ${confusion.length}, one a class`,
      );
    }
    counts.forEach((count, guess) => integerFrom(count, 0, `confusion[${label}][${guess}]`));
  });
  listOf(details.reliability, 'reliability').forEach((bin, i) => {
    checkBin(objectOf(bin, `reliability[${i}]`), `reliability[${i}]`);
  });
  listOf(details.mistakes, 'mistakes').forEach((mistake, i) => {
    checkMistake(objectOf(mistake, `mistakes[${i}]`), confusion.length, `mistakes[${i}]`);
  });
}

function checkBin(bin: Unchecked, name: string): void {
  integerFrom(bin.count, 0, `${name}.count`);
  for (const key of ['above', 'upTo']) numberIn(bin[key], 0, 1, `${name}.${key}`);
  for (const key of ['confidence', 'accuracy']) {
    // Probabilities are rounded, so that their mean may be a hair above 1.
    if (bin[key] !== null) numberIn(bin[key], 0, 1 + 1e-6, `${name}.${key}`);
  }
}

function checkMistake(mistake: Unchecked, classes: number, name: string): void {
  integerFrom(mistake.index, 0, `${name}.index`);
  for (const key of ['label', 'guess']) integerIn(mistake[key], 0, classes - 1, `${name}.${key}`);
  numberIn(mistake.confidence, 0, 1, `${name}.confidence`);
  const { shape, pixels } = objectOf(mistake.picture, `${name}.picture`);
  const sides = listOf(shape, `${name}.picture.shape`);
  if (sides.length !== 3 || ![1, 3].includes(sides[2] as number)) {
    throw new TypeError(
      `${name}.picture.shape: got ${show(shape)}, takes height, width and 1 or 3 channels`,
    );
  }
  sides.forEach((side, i) => integerFrom(side, 1, `${name}.picture.shape[${i}]`));
  const bytes = (sides as number[]).reduce((product, side) => product * side, 1);
  if (typeof pixels !== 'string' || !isBase64(pixels, bytes)) {
    throw new TypeError(`${name}.picture.pixels: is not ${bytes} bytes in base64`);
  }
}

function isBase64(text: string, bytes: number): boolean {
  const padding = (3 - (bytes % 3)) % 3;
  if (text.length !== 4 * Math.ceil(bytes / 3)) return false;
  return /^[A-Za-z0-9+/]*$/.test(text.slice(0, text.length - padding)) && padded(text, padding);
}

function padded(text: string, padding: number): boolean {
  return (
    text.endsWith('='.repeat(padding)) &&
    text.indexOf('=') === (padding ? text.length - padding : -1)
  );
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${name}: got ${show(value)}, takes an array`);
}

function objectOf(value: unknown, name: string): Unchecked {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Unchecked;
  }
  throw new TypeError(`${name}: got ${show(value)}, takes an object`);
}
