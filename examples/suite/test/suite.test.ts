import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '@mnet/cli';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exampleWords } from '../../../tools/processes/start.mjs';
import { suiteCommand } from '../src/command.ts';
import { coursesOf, type Told } from '../src/courses.ts';
import { chosen, examplesIn } from '../src/examples.ts';
import { foundIn } from '../src/found.ts';
import { writeSuiteReport } from '../src/report.ts';
import { wordsOf } from '../src/words.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-suite-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the suite as its `npm start` does; once `isDue`, it gets a SIGTERM. */
function suite(words: readonly string[], isDue: () => boolean = () => false): Promise<Outcome> {
  const program = exampleWords(new URL('../', import.meta.url).pathname);
  const child = spawn(process.execPath, [...program, ...words], { cwd: dir });
  const outcome: Outcome = { code: null, stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => (outcome[stream] += chunk.toString()));
  }
  const look = setInterval(() => {
    if (!isDue()) return;
    clearInterval(look);
    child.kill('SIGTERM');
  }, 5);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(look);
      resolve({ ...outcome, code });
    });
  });
}

const config = {
  dataset: 'shapes10',
  limit: 40,
  batchSize: 20,
  epochs: 1,
  batchNormMomentum: 0.9,
  runs: 'all',
  experiments: {
    '01': { width: 0.1 },
    '04-mobilenet-v2': { width: 0.1, checkpointEverySteps: 1 },
    '05': { widths: [0.1, 0.15] },
  },
};

describe('the suite', () => {
  const file = (): string => {
    const path = join(dir, 'suite.json');
    writeFileSync(path, JSON.stringify(config));
    return path;
  };

  it('goes on after one that fails, names it at the end, and reports on the others', async () => {
    mkdirSync(join(dir, 'all', '01-mobilenet-v1'), { recursive: true });
    writeFileSync(join(dir, 'all', '01-mobilenet-v1', 'config.json'), '{}');
    const { code, stderr, stdout } = await suite(['01', '05', '--config', file()]);
    expect(code).toBe(1);
    expect(stderr).toContain('1 of 2 failed: 01-mobilenet-v1 (exit code 1)');
    expect(stdout).toContain('05-width-multiplier (2 of 2)');
    const page = readFileSync(join(dir, 'all', 'suite.html'), 'utf8');
    expect(page).toContain('05-width-multiplier on shapes10');
    expect(page).toContain('width²');
    expect(page).not.toContain('01-mobilenet-v1 on');
  });

  it('ends in good order where it is told to, and goes on', async () => {
    const checkpoints = join(dir, 'all', '04-mobilenet-v2', 'checkpoints');
    const trains = (): boolean => existsSync(checkpoints) && readdirSync(checkpoints).length > 1;
    const words = ['04', '05', '--config', file(), '--resume', '--epochs', '8'];
    const stopped = await suite(words, trains);
    expect(stopped.code).toBe(143);
    expect(stopped.stderr).toContain('give the same command with --resume');
    expect(stopped.stdout).not.toContain('05-width-multiplier (2 of 2)');
    const again = await suite(['04', ...words.slice(2)]);
    expect(again.code).toBe(0);
    const log = readFileSync(join(dir, 'all', '04-mobilenet-v2', 'log.jsonl'), 'utf8');
    expect(log.match(/"event":"resume"/g)).toHaveLength(1);
    expect(log).toContain('"status":"finished"');
  });

  it('makes a report of what is there, and says what it cannot read', async () => {
    mkdirSync(join(dir, 'all', 'latency'));
    writeFileSync(join(dir, 'all', 'latency', 'report.html'), '');
    mkdirSync(join(dir, 'all', 'torn'));
    writeFileSync(join(dir, 'all', 'torn', 'results.json'), '{"experiment":');
    mkdirSync(join(dir, 'all', 'old'));
    const old = { experiment: 'old', results: [{ arm: 'a' }] };
    writeFileSync(join(dir, 'all', 'old', 'results.json'), JSON.stringify(old));
    mkdirSync(join(dir, 'all', 'lost'));
    const lost = { experiment: 'lost', results: [], diverged: ['a ×1'], published: [] };
    writeFileSync(join(dir, 'all', 'lost', 'results.json'), JSON.stringify(lost));
    mkdirSync(join(dir, 'all', 'odd'));
    const odd = { ...lost, diverged: 'a' };
    writeFileSync(join(dir, 'all', 'odd', 'results.json'), JSON.stringify(odd));
    rmSync(join(dir, 'all', '05-width-multiplier', 'width-0.15'), { recursive: true });
    const { experiments, others, broken } = foundIn(join(dir, 'all'));
    expect(experiments.map(({ experiment }) => experiment)).toEqual([
      '04-mobilenet-v2',
      '05-width-multiplier',
    ]);
    expect(experiments[1]?.records.map((record) => record?.status)).toEqual([
      'finished',
      undefined,
    ]);
    expect(others).toEqual(['latency']);
    expect(broken.map((words) => words.replace(/:.*/, ''))).toContain('torn');
    for (const name of ['old', 'lost', 'odd']) {
      expect(broken).toContainEqual(
        expect.stringContaining(`${name}: results.json has not all figures`),
      );
    }
    expect((await suite(['--report-only', '--runs', 'all'])).code).toBe(0);
    const page = readFileSync(join(dir, 'all', 'suite.html'), 'utf8');
    expect(page).toContain('href="latency/report.html"');
    const none = await suite(['--report-only', '--runs', 'none']);
    expect(none.stderr).toContain('holds no results of experiments');
  });

  it.each([
    [['99'], "experiment: got '99', takes 01-mobilenet-v1"],
    [['01', '--epochs', '0'], 'takes a number above 0'],
    [['01', '--experiments', '{"1":{}}'], "experiment: got '1'"],
    [['01', '--experiments', '[]'], 'an object of flags by experiment'],
    [['01', '--experiments', '{"01":{"epochs":0}}'], '01-mobilenet-v1: option'],
    [['01', '--experiments', '{"01":{"epoch":3}}'], '01-mobilenet-v1: it has no flag --epoch'],
    [['08'], "08-classify-images: required option '--pictures <folder>' not specified"],
    [
      ['04', '12', '--epochs', '1', '--experiments', '{"12":{"minutes":1}}'],
      "12-speedrun: option '--minutes <m>' cannot be used with option '--epochs <n>'",
    ],
    [
      ['11', '--experiments', '{"11":{"also":["foo"]}}'],
      '11-distillation-methods: --also: got foo',
    ],
  ])('%j is refused before anything runs', async (words, message) => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await runProgram(suiteCommand(), ['node', 'suite', '--runs', join(dir, 'none'), ...words]);
    const all = [...said.mock.calls, ...written.mock.calls].map(([text]) => String(text)).join('');
    vi.restoreAllMocks();
    expect(process.exitCode).toBeGreaterThan(0);
    process.exitCode = undefined;
    expect(all).toContain(message);
    expect(existsSync(join(dir, 'none'))).toBe(false);
  });
});

it('leaves out of all what needs a flag of its own that nobody gave, and says so', async () => {
  const two = chosen(examplesIn(new URL('../../', import.meta.url)), ['08', '10']);
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  const told = (pictures: readonly string[]): Told => ({
    shared: new Map([['runs', ['--runs=some']]]),
    wordsFor: ({ name }) => (name.startsWith('08') ? pictures : []),
  });
  const without = await coursesOf(two, told([]), false);
  expect(without.map(({ example }) => example.name)).toEqual(['10-cost']);
  expect(said.mock.calls).toEqual([
    [
      '08-classify-images: left out, since it needs --pictures <folder>, which --experiments can give',
    ],
  ]);
  vi.restoreAllMocks();
  const all = await coursesOf(two, told(['--pictures=photos']), false);
  expect(all.map(({ words }) => words)).toEqual([
    ['--runs=some', '--pictures=photos'],
    ['--runs=some'],
  ]);
});

it('reports where there is nothing yet of the form that experiments share', () => {
  const runs = join(dir, 'measured');
  mkdirSync(join(runs, '10-cost'), { recursive: true });
  writeFileSync(join(runs, '10-cost', 'report.html'), '');
  expect(writeSuiteReport(runs)).toBe(join(runs, 'suite.html'));
  expect(readFileSync(join(runs, 'suite.html'), 'utf8')).toContain('href="10-cost/report.html"');
});

it('runs all experiments where no report can be written, and then says so', async () => {
  mkdirSync(join(dir, 'shut', 'suite.html'), { recursive: true });
  const words = ['--dataset', 'shapes10', '--limit', '40', '--epochs', '1', '--width', '0.1'];
  const { code, stdout, stderr } = await suite(['01', '04', '--runs', 'shut', ...words]);
  expect(stdout).toContain('04-mobilenet-v2 (2 of 2)');
  expect(existsSync(join(dir, 'shut', '04-mobilenet-v2', 'results.json'))).toBe(true);
  expect(stderr).toContain('error: suite.html: ');
  expect(code).toBe(1);
});

it('finds the experiments of this repository, each by its name or its number', () => {
  const all = examplesIn(new URL('../../', import.meta.url));
  const names = all.map(({ name }) => name);
  expect(names).toContain('03-transfer-learning');
  expect(names).not.toContain('00-quickstart');
  expect(chosen(all, ['07', '01-mobilenet-v1']).map(({ name }) => name)).toEqual([
    '01-mobilenet-v1',
    '07-mobilenet-v3',
  ]);
  expect(chosen(all, [])).toEqual(all);
});

it('writes values as a command line has them', () => {
  expect(wordsOf('batchSize', 3)).toEqual(['--batch-size=3']);
  expect(wordsOf('widths', [0.25, 1])).toEqual(['--widths=0.25,1']);
  expect(wordsOf('augment', false)).toEqual(['--no-augment']);
  expect(wordsOf('resume', true)).toEqual(['--resume']);
});
