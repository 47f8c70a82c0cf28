import fs, {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRun, followRun, readRun, type Run } from '@mnet/train';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exampleConfig } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-follow-'));
let folders = 0;
let dir: string;
let run: Run;
const log = (): string => run.paths.log;

beforeEach(async () => {
  dir = join(root, `run${++folders}`);
  run = await createRun(dir, exampleConfig());
});
afterEach(() => {
  run.close();
  vi.restoreAllMocks();
});
afterAll(() => rmSync(root, { recursive: true }));

const epoch = (n: number, trainLoss = 1 / n) => ({
  epoch: n,
  step: 10 * n,
  learningRate: 0.1,
  trainLoss,
  trainAccuracy: 0.5,
  seconds: 2,
  imagesPerSecond: 100,
});
const logEpoch = (n: number, loss?: number): void => run.log({ event: 'epoch', ...epoch(n, loss) });
const logStep = (step: number): void =>
  run.log({ event: 'step', step, epoch: 1, learningRate: 0.1, loss: 1 / step, accuracy: 0.5 });
const losses = ({ record }: ReturnType<typeof followRun>) =>
  record?.epochs.map(({ trainLoss }) => trainLoss);

describe('a run that is followed', () => {
  it('says at each reading what readRun says, and whether that is new', () => {
    const followed = followRun(dir);
    expect(followed.record).toBeUndefined();
    for (const n of [1, 2, 3]) {
      logStep(10 * n - 5);
      logEpoch(n);
      expect(followed.read()).toBe(true);
      expect(followed.record).toEqual(readRun(dir));
      expect(followed.read()).toBe(false);
    }
    run.log({ event: 'end', status: 'finished' });
    expect(followed.read()).toBe(true);
    expect(followed.record).toEqual(readRun(dir));
    expect(followed.record?.status).toBe('finished');
  });

  it('is read from where the last reading ended', () => {
    const followed = followRun(dir);
    for (let n = 1; n <= 2000; n++) logEpoch(n);
    followed.read();
    const read = vi.spyOn(fs, 'readSync');
    logEpoch(2001);
    followed.read();
    const bytes = read.mock.results.reduce((sum, { value }) => sum + (value as number), 0);
    expect(bytes).toBeGreaterThan(100);
    expect(bytes).toBeLessThan(1000);
    expect(followed.record?.epochs).toHaveLength(2001);
    read.mockClear();
    followed.read();
    expect(read).not.toHaveBeenCalled();
  });

  it('takes no line without its end, however it arrives', () => {
    logEpoch(1);
    const whole = readFileSync(log());
    const line = Buffer.from(
      `${JSON.stringify({ event: 'epoch', time: 'now', ...epoch(2), terms: { größe: 1 } })}\n`,
    );
    const followed = followRun(dir);
    for (let end = 0; end < line.length; end++) {
      writeFileSync(log(), Buffer.concat([whole, line.subarray(0, end)]));
      followed.read();
      expect(followed.record?.epochs).toHaveLength(1);
    }
    appendFileSync(log(), line.subarray(-1));
    expect(followed.read()).toBe(true);
    expect(followed.record?.epochs[1]?.terms).toEqual({ größe: 1 });
  });

  it('goes on where a torn line was cut off and another one follows', () => {
    const followed = followRun(dir);
    logEpoch(1);
    const { length } = readFileSync(log());
    appendFileSync(log(), '{"event":"epoch","time":"2026');
    followed.read();
    truncateSync(log(), length);
    followed.read();
    logEpoch(2);
    followed.read();
    expect(losses(followed)).toEqual([1, 1 / 2]);
  });

  it('is read anew where the log was replaced, cut or written over', () => {
    for (let n = 1; n <= 3; n++) logEpoch(n);
    const followed = followRun(dir);
    followed.read();
    const first = followed.generation;
    const lines = readFileSync(log(), 'utf8').split('\n');
    writeFileSync(`${log()}.new`, `${lines.slice(0, 2).join('\n')}\n`);
    renameSync(`${log()}.new`, log());
    expect(followed.read()).toBe(true);
    expect(losses(followed)).toEqual([1]);
    expect(followed.generation).toBeGreaterThan(first);
    const second = followed.generation;
    // In place and longer, so that neither inode nor size tells.
    writeFileSync(log(), `${[lines[0], lines[3], lines[2], lines[3]].join('\n')}\n`);
    expect(followed.read()).toBe(true);
    expect(losses(followed)).toEqual([1 / 2, 1 / 3]);
    expect(followed.generation).toBeGreaterThan(second);
    truncateSync(log(), 0);
    expect(followed.read()).toBe(true);
    expect(losses(followed)).toEqual([]);
  });

  it('names a bad line until it is mended, and keeps what stands before', () => {
    const followed = followRun(dir);
    logEpoch(1);
    const good = readFileSync(log());
    appendFileSync(log(), 'garbage\n');
    logEpoch(2);
    for (let time = 0; time < 2; time++) {
      expect(() => followed.read()).toThrow(/log\.jsonl:3: not a line of this run's log/);
      expect(losses(followed)).toEqual([1]);
    }
    const rest = readFileSync(log()).subarray(good.length + 'garbage\n'.length);
    writeFileSync(log(), Buffer.concat([good, rest]));
    expect(followed.read()).toBe(true);
    expect(losses(followed)).toEqual([1, 1 / 2]);
  });

  it('counts a generation up where lines may be taken back', () => {
    const followed = followRun(dir);
    logEpoch(1);
    followed.read();
    const { generation } = followed;
    logStep(12);
    logStep(15);
    logEpoch(2);
    followed.read();
    expect(followed.generation).toBe(generation);
    run.log({ event: 'resume', run: run.config.id, epoch: 2, step: 2 });
    logEpoch(2, 7);
    followed.read();
    expect(followed.generation).toBe(generation + 1);
    expect(losses(followed)).toEqual([1, 7]);
    expect(followed.record?.steps?.map(({ step }) => step)).toEqual([12]);
  });

  it('is another one where its folder is overwritten', async () => {
    const followed = followRun(dir);
    logEpoch(1);
    followed.read();
    const { generation } = followed;
    run.close();
    run = await createRun(dir, exampleConfig(), { overwrite: true });
    expect(followed.read()).toBe(true);
    expect(followed.record).toEqual(readRun(dir));
    expect(followed.record?.epochs).toEqual([]);
    expect(followed.generation).toBeGreaterThan(generation);
  });

  it('is told from one whose process is gone, without a lock of its own', () => {
    const followed = followRun(dir);
    const before = fs.readdirSync(dir);
    followed.read();
    expect(followed.isHeld()).toBe(true);
    expect(fs.readdirSync(dir)).toEqual(before);
    run.close();
    expect(followed.isHeld()).toBe(false);
  });

  it('says when its epochs and steps were logged', () => {
    const before = Date.now();
    logStep(5);
    logEpoch(1);
    const followed = followRun(dir);
    followed.read();
    const { epochs = [], steps = [] } = followed.record ?? {};
    const times = [...epochs, ...steps].map((record) => followed.timeOf(record));
    expect(times).toHaveLength(2);
    for (const time of times) {
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(Date.now());
    }
  });

  it('may come later, and its error is that of readRun', () => {
    const none = join(root, 'none');
    const followed = followRun(none);
    expect(() => followed.read()).toThrow("none' holds no run, it has no config.json");
    rmSync(run.paths.config);
    expect(() => followRun(dir).read()).toThrow('holds no run, it has no config.json');
  });
});
