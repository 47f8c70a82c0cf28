import { describe, expect, it } from 'vitest';
import { Random } from '@mnet/core/random';
import { type Slowdown, slowdown } from '@mnet/bench';
import { gauss } from './gauss.ts';

/** A shared machine: what lies in wait for two programs that are measured on it in turns. */
interface Machine {
  /** How much longer everything takes while a neighbour is at work, and how many measurements that lasts. */
  readonly slow: number;
  readonly block: number;
  /** Deviation of one process from the next, as a share: where its memory lies, what else ran. */
  readonly process: number;
  /** How often a measurement is disturbed on its own, by up to half. */
  readonly spike: number;
  /** By how much the machine becomes slower from the first measurement to the last. */
  readonly drift: number;
}

const machines: Readonly<Record<string, Machine>> = {
  'of a hosted runner, in two speeds': {
    slow: 1.4,
    block: 12,
    process: 0.02,
    spike: 0.05,
    drift: 0.05,
  },
  'with short blocks, as long as a pair': {
    slow: 1.3,
    block: 2.5,
    process: 0.015,
    spike: 0.02,
    drift: 0,
  },
  'that grows warm': { slow: 1, block: 1e9, process: 0.025, spike: 0.05, drift: 0.3 },
};

/**
 * What tools/bench does: rounds of before and after, in every second the other way round, twelve and then four more at a time, until the
 * verdict is precise.
 */
function measured(random: Random, { slow, block, process, spike, drift }: Machine, change: number) {
  const [first, most, every] = [12, 60, 4];
  let busy = random.uniform() < 0.5;
  let taken = 0;
  const time = (work: number): number => {
    if (random.uniform() < 1 / block) busy = !busy;
    const machine = (busy ? slow : 1) * (1 + (drift * taken++) / (2 * most));
    const disturbed = random.uniform() < spike ? 1 + random.uniform() / 2 : 1;
    return work * machine * disturbed * Math.exp(process * gauss(random));
  };
  const before: number[] = [];
  const after: number[] = [];
  let found: Slowdown | undefined;
  while (before.length < most) {
    if (before.length % 2 === 0) {
      before.push(time(100));
      after.push(time(100 * change));
    } else {
      after.push(time(100 * change));
      before.push(time(100));
    }
    if (before.length < first || before.length % every > 0) continue;
    found = slowdown(before, after);
    if (found.precise) break;
  }
  return { ...(found as Slowdown), rounds: before.length };
}

describe('slowdown', () => {
  describe.each(Object.entries(machines))('on a machine %s', (_, machine) => {
    const trials = 500;
    const verdicts = (change: number, seed: number): Map<string, number> => {
      const random = new Random(seed);
      const counts = new Map<string, number>();
      for (let i = 0; i < trials; i++) {
        const { verdict } = measured(random, machine, change);
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      }
      return counts;
    };
    const share = (counts: Map<string, number>, verdict: string): number =>
      (counts.get(verdict) ?? 0) / trials;

    it('catches a tenth nearly always', () => {
      expect(share(verdicts(1.1, 1), 'slower')).toBeGreaterThanOrEqual(0.97);
    });

    it('says nothing of what did not change, or became faster, nearly always', () => {
      expect(share(verdicts(1, 2), 'slower')).toBeLessThanOrEqual(0.004);
      expect(share(verdicts(0.9, 3), 'slower')).toBe(0);
    });

    it('lets half of the threshold pass', () => {
      expect(share(verdicts(1.025, 4), 'slower')).toBeLessThanOrEqual(0.03);
    });
  });

  it('says how far it knows, and when that is not far enough', () => {
    const before = [100, 101, 99, 100, 102, 98, 100, 101];
    const slower = slowdown(
      before,
      before.map((time, i) => time * (1.1 + 0.002 * i)),
    );
    expect(slower).toMatchObject({ verdict: 'slower' });
    expect(slower.ratio).toBeCloseTo(1.107, 2);
    expect(slower.noise).toBeLessThan(0.01);
    const wild = slowdown(
      before,
      before.map((time, i) => time * (i % 2 === 0 ? 1.5 : 0.9)),
    );
    expect(wild.verdict).toBe('noisy');
    expect(wild.noise).toBeGreaterThan(0.03);
    // Of six pairs nothing is known with 99 %.
    expect(slowdown(before.slice(2), before.slice(2))).toMatchObject({
      verdict: 'noisy',
      noise: Number.POSITIVE_INFINITY,
    });
    expect(slowdown(before, before, { threshold: 0.001 }).verdict).toBe('ok');
  });

  it('says what it takes', () => {
    expect(() => slowdown([1, 2], [1])).toThrow('after: got 1 times, takes as many as before');
    expect(() => slowdown([], [])).toThrow('at least one');
    expect(() => slowdown([1], [0])).toThrow('after[0]: got 0, takes');
    expect(() => slowdown([1], [1], { threshold: 0 })).toThrow('threshold: got 0');
    expect(() => slowdown([1], [1], { limit: 2 } as never)).toThrow("unknown option 'limit'");
  });
});
