import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { checkAlone, isBegun, noteCommand, trainingsIn } from '../src/results/made-alone.ts';

it('a training that was stopped was made alone where all commands that went on with it were', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mnet-made-alone-'));
  onTestFinished(() => {
    vi.useRealTimers();
    rmSync(dir, { recursive: true });
  });
  const at = (hour: number): string => `2026-01-01T0${hour}:00:00.000Z`;
  const train = (name: string, ...hours: number[]): void => {
    const lines = hours.map((hour, i) =>
      JSON.stringify({ event: i === 0 ? 'start' : 'resume', time: at(hour), run: name }),
    );
    mkdirSync(join(dir, name), { recursive: true });
    writeFileSync(join(dir, name, 'log.jsonl'), `${lines.join('\n')}\n`);
  };
  vi.useFakeTimers();
  for (const [i, alone] of [true, true, false, true].entries()) {
    vi.setSystemTime(at(2 * i));
    noteCommand(dir, alone);
  }
  const check = (): void => checkAlone('row', dir, trainingsIn(dir));
  expect(isBegun(dir)).toBe(false);
  train('both', 1, 3);
  train('late', 7);
  expect(isBegun(dir)).toBe(true);
  expect(check).not.toThrow();
  train('alone-seed-1', 3);
  train('alone-seed-2', 5);
  expect(trainingsIn(dir, [1]).toSorted()).toEqual(['alone-seed-1', 'both', 'late']);
  expect(() => checkAlone('row', dir, trainingsIn(dir, [1]))).not.toThrow();
  expect(() => checkAlone('row', dir, trainingsIn(dir, [2]))).toThrow('alone-seed-2, of which');
  rmSync(join(dir, 'alone-seed-2'), { recursive: true });
  train('torn', 3, 5, 7);
  expect(check).toThrow('--alone: got it with row: torn, of which');
});
