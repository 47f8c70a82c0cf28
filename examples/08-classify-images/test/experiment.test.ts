import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measurementCommand, runProgram, useBackend } from '@mnet/cli';
import { fileSystem, setClassifierInfo } from '@mnet/layers';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';
import type { Results } from '../src/guesses.ts';
import { trueClass } from '../src/pictures.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-08-classify-'));
const runs = join(dir, 'runs');
const pictures = join(dir, 'pictures');
const colours = { red: [220, 30, 30], green: [30, 200, 40], blue: [30, 40, 220] } as const;
const classes = Object.keys(colours);

/** A model that tells the main colour: each class's logit is its channel's mean. */
async function saveColours(folder: string, names?: readonly string[]): Promise<void> {
  const { globalAveragePooling2d } = layers;
  const model = sequential({
    layers: [globalAveragePooling2d({ inputShape: [8, 8, 3], dataFormat: 'channelsLast' })],
  });
  const scale = { mean: [0.5, 0.5, 0.5], std: [0.1, 0.1, 0.1] };
  setClassifierInfo(model, names ? { classes: names, ...scale } : scale);
  await model.save(fileSystem(folder));
}

beforeAll(async () => {
  await useBackend('cpu');
  await saveColours(join(runs, 'first', 'model'), classes);
  await saveColours(join(runs, 'deep', 'er', 'second', 'model'), ['rose', 'leaf', 'sky']);
  await saveColours(join(runs, 'nameless', 'model'));
  mkdirSync(join(runs, 'broken', 'model'), { recursive: true });
  writeFileSync(join(runs, 'broken', 'model', 'model.json'), '{');
  await saveColours(join(runs, '.hidden', 'model'), classes);
  mkdirSync(pictures);
  for (const [name, [r, g, b]] of Object.entries(colours)) {
    const background = { r, g, b };
    const picture = sharp({ create: { width: 300, height: 120, channels: 3, background } });
    await picture.toFile(join(pictures, `${name}-1.png`));
  }
  copyFileSync(join(pictures, 'red-1.png'), join(pictures, 'green (2).png'));
  copyFileSync(join(pictures, 'blue-1.png'), join(pictures, 'holiday.png'));
  writeFileSync(join(pictures, 'torn.jpg'), 'no picture');
  writeFileSync(join(pictures, 'notes.txt'), 'no picture either');
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

async function run(flags: string): Promise<{ printed: string; said: string }> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const args = `--runs ${runs} --backend cpu ${flags}`.split(' ');
  await runProgram(measurementCommand(experiment), ['node', experiment.name, ...args]);
  const said = [...error.mock.calls, ...write.mock.calls].flat().join('\n');
  return { printed: log.mock.calls.flat().join('\n'), said };
}
const written = (name: string): Results =>
  JSON.parse(readFileSync(join(runs, name, 'results.json'), 'utf8')) as Results;

describe('08-classify-images', () => {
  it('asks every model that it finds, and says how many it got right', async () => {
    const { printed } = await run(`--name a --no-own-model --pictures ${pictures} --top 2`);
    expect(process.exitCode).toBeUndefined();
    const { models, leftOut } = written('a');
    expect(models.map(({ model }) => model)).toEqual(['deep/er/second', 'first']);
    expect(leftOut.map(({ model }) => model)).toEqual(['broken', 'nameless']);
    const [second, first] = models;
    expect(first).toMatchObject({ known: 4, right: 3 });
    expect(second).toMatchObject({ known: 0, right: 0 });
    const of = (file: string) => first?.pictures.find((each) => each.file === file);
    expect(of('blue-1.png')).toMatchObject({ truth: 'blue', guesses: [{ label: 'blue' }, {}] });
    expect(of('green (2).png')).toMatchObject({ truth: 'green', guesses: [{ label: 'red' }, {}] });
    expect(of('holiday.png')?.truth).toBeUndefined();
    expect(of('torn.jpg')?.error).toBeTruthy();
    expect(of('notes.txt')).toBeUndefined();
    expect(of('red-1.png')?.guesses[0]?.confidence).toBeGreaterThan(0.9);
    expect(printed).toMatch(/first +3 +3 of 4 \(75\.0%\)/);
    expect(printed).toContain('left out: nameless: does not say what its classes are');
  });

  it('shows the pictures on a page that needs nothing else', async () => {
    await run(`--name b --no-own-model --pictures ${pictures}`);
    const page = readFileSync(join(runs, 'b', 'report.html'), 'utf8');
    expect(page.match(/<img src="data:image\/webp;base64,/g)).toHaveLength(5);
    expect(page).toContain('✓ blue');
    expect(page).toContain('✗ red');
    expect(page).toContain('cannot be read');
    expect(page).not.toMatch(/<script|https?:\/\/|src="(?!data:)/);
  });

  it('takes models by their paths', async () => {
    const path = join(runs, 'first');
    await run(
      `--name c --no-own-model --pictures ${pictures} --models ${path} --runs ${join(dir, 'none')}`,
    );
    const file = join(dir, 'none', 'c', 'results.json');
    const { models } = JSON.parse(readFileSync(file, 'utf8')) as Results;
    expect(models.map(({ model }) => model)).toEqual([path]);
  });

  it.each([
    [`--pictures ${join(dir, 'nowhere')}`, /--pictures .*nowhere: it cannot be read \(ENOENT\)/],
    [`--pictures ${runs}`, /--pictures .*runs: it holds no picture/],
    [
      `--pictures ${pictures} --runs ${join(dir, 'empty')}`,
      /--runs .*empty: no trained model was found/,
    ],
  ])('says what is missing with %s', async (flags, message) => {
    const { said } = await run(`--name d --no-own-model ${flags}`);
    expect(said).toMatch(message);
    expect(process.exitCode).toBe(1);
  });
});

it.each([
  ['apple-1.jpg', 'apple'],
  ['Maple Tree (3).png', 'maple_tree'],
  ['maple_tree_12.webp', 'maple_tree'],
  ['apple.jpg', 'apple'],
  ['model7.jpg', 'model7'],
  ['pineapple.jpg', undefined],
  ['1.jpg', undefined],
])('a file %s shows %s', (file, expected) => {
  expect(trueClass(`some/where/${file}`, ['apple', 'maple_tree', 'model7'])).toBe(expected);
});
