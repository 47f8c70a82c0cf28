import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccuracyResult, AnyResult, BenchResult, MemoryResult, SizeResult } from '@mnet/bench';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mnet } from './helpers/mnet.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-bench-compare-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const base = {
  model: 'net',
  params: 1000,
  macs: 5000,
  date: '2026-01-01T00:00:00.000Z',
  environment: { tfjs: '4.22.0', tfjsLayers: '4.22.0', backend: 'mnet' },
};
const computed = { ...base, mode: 'infer', backend: 'mnet', threads: 1, batch: 1, heapBytes: null };

/** @param rounds the median of each, in milliseconds */
const time = (rounds: readonly number[], more: Partial<BenchResult> = {}): BenchResult => ({
  ...computed,
  kind: 'time',
  mode: 'infer',
  node: null,
  imagesPerSecond: 1000 / (rounds[0] as number),
  medianMs: rounds[0] as number,
  p95Ms: 1,
  meanMs: 1,
  stdMs: 0,
  minMs: 1,
  firstMs: 1,
  roundsMs: rounds.map((each) => [each, each]),
  peakMemoryBytes: null,
  ...more,
});
const memory = (aboveFloorBytes: number): MemoryResult => ({
  ...computed,
  kind: 'memory',
  mode: 'infer',
  floorBytes: 0,
  peakBytes: aboveFloorBytes,
  aboveFloorBytes,
});
const accuracy = (share: number, count: number): AccuracyResult => ({
  ...base,
  kind: 'accuracy',
  dataset: 'shapes10',
  count,
  accuracy: share,
  loss: 1,
  ece: 0,
});
const size = (bytes: number): SizeResult => {
  const saved = { bytes, gzipBytes: 50 };
  return { ...base, kind: 'size', files: { float32: saved, float16: saved, uint8: saved } };
};

let files = 0;
function file(...results: readonly AnyResult[]): string {
  const path = join(dir, `${files++}.json`);
  writeFileSync(path, JSON.stringify({ format: 'mnet-bench', version: 1, results }));
  return path;
}

/** The rows of the table, by their cells. */
async function compared(...args: string[]): Promise<string[][]> {
  const { stdout, stderr } = await mnet('bench', 'compare', ...args);
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
}

it('says of times what their noise is from, and how far it is known', async () => {
  const name = 'net, infer, mnet, 1 thread, batch 1';
  const verdict = async (before: BenchResult, after: BenchResult): Promise<unknown> =>
    (await compared(file(before), file(after))).at(-1);
  expect(await verdict(time([2]), time([3]))).toEqual([
    name,
    '2.000 ms',
    '3.000 ms',
    '×1.500',
    'too few rounds',
    'runs of one process',
    'none without --rounds',
  ]);
  expect(await verdict(time([2, 2]), time([1, 1]))).toEqual([
    name,
    '2.000 ms',
    '1.000 ms',
    '×0.500',
    'too few rounds',
    'rounds of two sessions',
    'none',
  ]);
  const varied = [1, 2, 3, 4, 5];
  expect(await verdict(time(varied), time(varied.toReversed()))).toEqual([
    name,
    '1.000 ms',
    '5.000 ms',
    '×1.000',
    '0.333 … 3.000',
    'rounds of two sessions',
    'within the noise',
  ]);
  const fast = time(varied.map((each) => each / 100));
  expect((await compared(file(time(varied)), file(fast))).at(-1)?.at(-1)).toBe('better');
});

it('compares shares by points, bytes by ratios, and says where nothing has noise', async () => {
  const before = file(accuracy(0.9, 10_000), size(1000), memory(2_000_000));
  const after = file(accuracy(0.8, 10_000), size(1500), memory(2_000_000));
  const rows = await compared(before, after);
  expect(rows.slice(2)).toEqual([
    [
      'net, shapes10: accuracy',
      '90.00%',
      '80.00%',
      '−10.00',
      expect.stringMatching(/^−1\d\.\d\d … −8\.\d\d$|^−10\.\d\d … −9\.\d\d$/),
      'images',
      'worse',
    ],
    ['net: float32', '1,000', '1,500', '×1.500', 'worse'],
    ['net: float32, gzip', '50', '50', '×1.000', 'same'],
    ['net: float16', '1,000', '1,500', '×1.500', 'worse'],
    ['net: float16, gzip', '50', '50', '×1.000', 'same'],
    ['net: uint8', '1,000', '1,500', '×1.500', 'worse'],
    ['net: uint8, gzip', '50', '50', '×1.000', 'same'],
    [
      'net, infer, mnet, 1 thread, batch 1: memory above the floor',
      '2,000,000',
      '2,000,000',
      '×1.000',
      'runs of one process',
      'none',
    ],
  ]);
  const [, , row] = await compared(file(accuracy(0.8, 100)), file(accuracy(0.81, 100)));
  expect([row?.[3], row?.at(-1)]).toEqual(['+1.00', 'within the noise']);
});

it('fails where a share fell, or bytes grew, by more than was allowed', async () => {
  const fell = [file(accuracy(0.9, 10_000)), file(accuracy(0.8, 10_000))];
  const failed = await mnet('bench', 'compare', ...fell, '--fail-above', '0.05');
  expect([failed.status, failed.stderr]).toEqual([
    1,
    expect.stringContaining('worse by more than 5.00%: net, shapes10, accuracy: −10.00'),
  ]);
  const allowed = ['--fail-above', '0.15'];
  expect((await mnet('bench', 'compare', ...fell, ...allowed)).status).toBe(0);
  const grown = await mnet('bench', 'compare', file(size(1000)), file(size(1200)), ...allowed);
  expect(grown.stderr).toContain('net, float32: ×1.200; net, float16: ×1.200');
  expect(grown.stderr).not.toContain('gzip');
});

it('fails where it was to judge and could not, and says what', async () => {
  const judged = (...paths: string[]) => mnet('bench', 'compare', ...paths, '--fail-above', '0.05');
  const one = file(time([2]));
  for (const paths of [[one, file(size(10))], [one]]) {
    const { status, stdout, stderr } = await judged(...paths);
    expect([status, stderr]).toEqual([
      1,
      'error: --fail-above: got nothing to compare, takes one figure in common at least\n',
    ]);
    expect(stdout).toContain('They have nothing in common to compare.');
  }
  const name = 'net, infer, mnet, 1 thread, batch 1';
  const rounds = time([1, 2, 3, 4]);
  const short = `times that can have no verdict (${name}, median), takes times of six rounds in turns, or of four in each session`;
  const unjudged: [AnyResult[], AnyResult[], string][] = [
    [[time([1, 1])], [time([101, 101])], short],
    // A size that is the same says nothing of a time that nobody knows, nor does another network's time.
    [[time([1]), size(10)], [time([9]), size(10)], short],
    [
      [time([1]), { ...rounds, model: 'judged' }],
      [time([9]), { ...rounds, model: 'judged' }],
      short,
    ],
    [
      [memory(1)],
      [memory(9)],
      `memory alone, which has no verdict (${name}, memory above the floor), takes times, accuracies, sizes or costs`,
    ],
  ];
  for (const [before, after, what] of unjudged) {
    const { status, stderr } = await judged(file(...before), file(...after));
    expect([status, stderr]).toEqual([1, `error: --fail-above: got ${what}\n`]);
  }
  expect((await judged(file(rounds, memory(1)), file(rounds, memory(1)))).status).toBe(0);
});

it('names what only one file has, and says where nothing is in common', async () => {
  const both = [file(accuracy(0.5, 10)), file(size(10))] as const;
  const { stdout, status } = await mnet('bench', 'compare', ...both);
  expect([stdout, status]).toEqual([
    `They have nothing in common to compare.\nonly in ${both[0]}: net, shapes10\nonly in ${both[1]}: net\n`,
    0,
  ]);
  const json = join(dir, 'found.json');
  await mnet('bench', 'compare', ...both, '--json', json);
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
    before: both[0],
    after: both[1],
    comparisons: [],
    onlyBefore: ['net, shapes10'],
    onlyAfter: ['net'],
  });
});

it('compares the results of one file with the first of their kind', async () => {
  const one = file(time([2]), time([4], { model: 'other' }));
  const rows = await compared(one);
  expect(rows.at(-1)?.slice(0, 4)).toEqual([
    'net, infer, mnet, 1 thread, batch 1 → other, infer, mnet, 1 thread, batch 1',
    '2.000 ms',
    '4.000 ms',
    '×2.000',
  ]);
  const { stdout } = await mnet('bench', 'compare', one, '--json', '-');
  expect(JSON.parse(stdout)).toMatchObject({ before: one, after: one, onlyBefore: [] });
});
