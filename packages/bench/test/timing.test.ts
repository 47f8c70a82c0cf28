import { describe, expect, it, vi } from 'vitest';
import { timeRuns } from '../src/measure/timing.ts';

describe('timeRuns', () => {
  it('runs one after the other, and reports the first apart from the timed ones', async () => {
    const log: string[] = [];
    let count = 0;
    let clock = 0;
    const now = vi.spyOn(performance, 'now').mockImplementation(() => clock);
    const times = await timeRuns(
      async () => {
        const i = count++;
        log.push(`start ${i}`);
        await new Promise((done) => setImmediate(done));
        clock += 10 * (5 - i);
        log.push(`end ${i}`);
      },
      { runs: 3, warmup: 2 },
    );
    now.mockRestore();
    expect(log).toEqual([0, 1, 2, 3, 4].flatMap((i) => [`start ${i}`, `end ${i}`]));
    expect(times).toEqual({ first: 50, runs: [30, 20, 10] });
  });

  it('says what it takes', async () => {
    const step = async (): Promise<void> => {};
    await expect(timeRuns(step, { runs: 0, warmup: 1 })).rejects.toThrow(
      'runs: got 0, takes a whole number from 1',
    );
    await expect(timeRuns(step, { runs: 1, warmup: 0.5 })).rejects.toThrow(
      'warmup: got 0.5, takes a whole number from 1',
    );
  });
});
