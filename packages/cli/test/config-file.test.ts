import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addConfigFlag, addDataFlags, addRunFlags, addTrainingFlags, decided } from '@mnet/cli';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let files = 0;
function file(content: unknown): string {
  const path = join(dir, `${files++}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** Parses a command line, and gives the command; what it says on stderr is the error's message. */
function parsed(args: readonly string[]): Command {
  let said = '';
  const command = addConfigFlag(addRunFlags(addTrainingFlags(addDataFlags(new Command('t'))), 'n'))
    .exitOverride()
    .configureOutput({ writeErr: (text) => (said += text) });
  try {
    return command.parse(['node', 't', ...args]);
  } catch (error) {
    throw new Error(said, { cause: error });
  }
}

test('a file gives values, a flag beside it wins wherever it stands, the rest is default', () => {
  const path = file({
    epochs: 3,
    batchSize: 32,
    augment: false,
    milestones: [2, 3],
    data: 'photos',
  });
  for (const args of [
    ['--batch-size', '16', '--config', path],
    ['--config', path, '--batch-size', '16'],
  ]) {
    expect(parsed(args).opts()).toMatchObject({
      epochs: 3,
      batchSize: 16,
      augment: false,
      milestones: [2, 3],
      data: 'photos',
      crop: 4,
    });
  }
  expect(parsed(['--config', path, '--augment']).opts()).toMatchObject({ augment: true });
  expect(parsed(['--augment', '--config', path]).opts()).toMatchObject({ augment: true });
  const later = file({ epochs: 5 });
  expect(parsed(['--config', path, '--config', later]).opts()).toMatchObject({
    epochs: 5,
    batchSize: 32,
  });
});

test('a flag also wins over what it excludes in the file; two of the file that exclude each other are refused', () => {
  const path = file({ data: 'photos', overwrite: true });
  for (const args of [
    ['--dataset', 'shapes10', '--config', path],
    ['--config', path, '--dataset', 'shapes10'],
  ]) {
    const { data, dataset } = parsed(args).opts<{ data?: string; dataset: string }>();
    expect({ data, dataset }).toEqual({ data: undefined, dataset: 'shapes10' });
  }
  expect(parsed(['--config', path, '--resume']).opts()).toMatchObject({
    resume: true,
    overwrite: false,
  });
  const both = file({ data: 'photos', dataset: 'shapes10' });
  expect(() => parsed(['--config', both])).toThrow("'--data <folder>' cannot be used with option");
});

test('what was decided is a file that decides the same', () => {
  const first = parsed([
    '--data',
    'photos',
    '--epochs',
    '7',
    '--no-flip',
    '--resume',
    '--ema',
    '0.9',
  ]);
  const kept = decided(first, ['resume', 'overwrite']);
  expect(kept).toMatchObject({
    data: join(process.cwd(), 'photos'),
    epochs: 7,
    flip: false,
    ema: 0.9,
  });
  expect(Object.keys(kept)).not.toContain('resume');
  expect(Object.keys(kept)).not.toContain('dataset');
  const second = parsed(['--config', file(kept)]);
  expect(decided(second, ['resume', 'overwrite'])).toEqual(kept);
});

test.each<[string, unknown, RegExp]>([
  ['a misspelt key', { epoch: 3 }, /unknown key 'epoch', takes dataset, .*epochs, batchSize/],
  ['a flag’s spelling', { 'batch-size': 3 }, /unknown key 'batch-size'/],
  ['a wrong number', { epochs: 0 }, /epochs: got 0, takes a number above 0/],
  ['a number as text', { epochs: '3' }, /epochs: got '3', takes a number above 0/],
  [
    'a wrong choice',
    { schedule: 'fast' },
    /schedule: got 'fast', takes one of 'constant', 'cosine'/,
  ],
  ['a wrong boolean', { augment: 'no' }, /augment: got 'no', takes true or false/],
  ['null', { epochs: null }, /epochs: got null, takes/],
  ['a wrong list', { milestones: '1,2' }, /milestones: got '1,2', takes epochs, rising/],
  ['a list', [1], /It has \[1\], takes an object/],
  ['nothing', 'null', /It has null, takes an object/],
  ['no JSON', '{"epochs": 3,}', /JSON/],
  ['an empty file', '', /JSON/],
  ['the prototype', '{"__proto__": {"epochs": 3}}', /unknown key '__proto__'/],
  ['a member of every object', { constructor: 1 }, /unknown key 'constructor'/],
  ['itself', { config: 'x.json' }, /unknown key 'config'/],
  [
    'depth',
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    /It has \[\[\[an array of 1\]\]\], takes an object/,
  ],
  ['deep values', `{"epochs":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, /epochs: got \[\[\[an/],
  ['size', ' '.repeat(2 ** 20 + 1), /it has 1048577 bytes, takes 1048576/],
])('a file with %s is refused by its path and the key', (_, content, message) => {
  const path = file(content);
  expect(() => parsed(['--config', path])).toThrow(message);
  expect(() => parsed(['--config', path])).toThrow(path);
});

test('what is no file is refused', () => {
  mkdirSync(join(dir, 'folder'));
  expect(() => parsed(['--config', join(dir, 'folder')])).toThrow('it is no file');
  expect(() => parsed(['--config', join(dir, 'none.json')])).toThrow('There is no such file.');
});

test('a byte order mark is no part of JSON, and of no matter', () => {
  expect(parsed(['--config', file('\uFEFF{"epochs": 4}')]).opts()).toMatchObject({ epochs: 4 });
});
