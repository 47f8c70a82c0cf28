import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  classifyPictures,
  measurementCommand,
  runProgram,
  savedModel,
  useBackend,
} from '@mnet/cli';
import { classifierInfo } from '@mnet/layers';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';

const folder = fileURLToPath(new URL('../model', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'mnet-08-model-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Pictures that are drawn here, with what the model took them for when it was saved. */
// biome-ignore format: a table
const drawn = [
  { name: 'plain', label: 'plain', confidence: 0.98834, svg: '<rect width="96" height="52" fill="#7db8ea"/><rect y="52" width="96" height="44" fill="#6f9a3d"/>' },
  { name: 'orange', label: 'orange', confidence: 0.92852, svg: '<rect width="96" height="96" fill="#fff"/><circle cx="48" cy="48" r="36" fill="#ee7f1a"/>' },
  { name: 'sea', label: 'sea', confidence: 0.97182, svg: '<rect width="96" height="96" fill="#bcdcf2"/><rect y="46" width="96" height="50" fill="#1f5f94"/>' },
  { name: 'moon', label: 'worm', confidence: 0.52563, svg: '<rect width="96" height="96" fill="#0b0d1c"/><circle cx="44" cy="44" r="24" fill="#e8e4cf"/>' },
] as const;

beforeAll(async () => {
  await useBackend('cpu');
  for (const { name, svg } of drawn) {
    const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96">${svg}</svg>`;
    await sharp(Buffer.from(picture))
      .png()
      .toFile(join(dir, `${name}.png`));
  }
});

it('has at most 1 MB with its recipe and its log', () => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const sizes = names.map((name) => statSync(join(folder, name)).size);
  expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(1e6);
  for (const name of ['README.md', 'log.jsonl', 'config.json', 'model.json']) {
    expect(names).toContain(name);
  }
});

it('takes drawn pictures for what it took them for when it was saved', async () => {
  const model = await savedModel(folder, 'model');
  expect(classifierInfo(model)?.classes).toHaveLength(100);
  const files = drawn.map(({ name }) => join(dir, `${name}.png`));
  const [guesses = []] = await classifyPictures([model], files, { top: 1, caller: 'test' });
  expect(guesses).toHaveLength(drawn.length);
  for (const [i, { label, confidence }] of drawn.entries()) {
    const guess = guesses[i];
    const [first] = guess && 'predictions' in guess ? guess.predictions : [];
    expect(first?.label).toBe(label);
    // Another version of libvips may draw an edge a little differently.
    expect(first?.probability).toBeCloseTo(confidence, 2);
  }
});

it('is asked where no other model is found', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const args = ['--runs', join(dir, 'runs'), '--pictures', dir, '--backend', 'cpu'];
  await runProgram(measurementCommand(experiment), ['node', experiment.name, ...args]);
  expect(process.exitCode).toBeUndefined();
  const file = join(dir, 'runs', '08-classify-images', 'results.json');
  const { models } = JSON.parse(readFileSync(file, 'utf8')) as { models: unknown[] };
  expect(models).toMatchObject([{ model: 'in this folder', classes: 100, known: 3, right: 3 }]);
  expect(log.mock.calls.flat().join('\n')).toContain('3 of 3 (100.0%)');
});
