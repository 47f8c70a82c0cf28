import {
  constant,
  cosine,
  linear,
  multiStep,
  oneCycle,
  type ScheduleFactory,
  stepDecay,
  warmup,
} from '@mnet/train';
import { describe, expect, it } from 'vitest';
import golden from './golden/optimizers.json' with { type: 'json' };

const context = { epochs: 4, stepsPerEpoch: 5 };
const rates = (factory: ScheduleFactory): number[] =>
  Array.from({ length: 20 }, (_, step) => factory(context)(step));

describe('schedules', () => {
  it.each([
    ['cosine', cosine({ peak: 0.4, final: 0.002 })],
    ['linear', linear({ peak: 0.4, final: 0.1 })],
    ['stepDecay', stepDecay({ initial: 0.4, every: 2, gamma: 0.5 })],
    ['multiStep', multiStep({ initial: 0.4, milestones: [1, 3] })],
    ['oneCycle', oneCycle({ peak: 0.4 })],
    [
      'oneCycleLinear',
      oneCycle({ peak: 0.4, anneal: 'linear', divFactor: 10, finalDivFactor: 50 }),
    ],
    ['oneCycleThreePhase', oneCycle({ peak: 0.4, threePhase: true, warmupShare: 0.4 })],
    [
      'oneCycleThreePhaseLinear',
      oneCycle({
        peak: 0.4,
        threePhase: true,
        warmupShare: 0.33,
        anneal: 'linear',
        finalDivFactor: 20,
      }),
    ],
  ] as const)("%s gives PyTorch's rates", (name, factory) => {
    rates(factory).forEach((rate, step) => {
      expect(rate).toBeCloseTo(golden.schedules[name][step] as number, 12);
    });
  });

  it('warm up in a straight line that is never 0, then run over what is left', () => {
    const factory = cosine({ peak: 1, warmupEpochs: 1 });
    const values = rates(factory);
    [1, 2, 3, 4, 5].forEach((n, i) => expect(values[i]).toBeCloseTo(n / 6, 12));
    expect(values[5]).toBe(1);
    // Half-way through the 15 steps that are left, between steps 12 and 13.
    expect(((values[12] as number) + (values[13] as number)) / 2).toBeCloseTo(0.5, 2);
    expect(values[19]).toBeCloseTo((1 + Math.cos((Math.PI * 14) / 15)) / 2, 12);
    expect(rates(multiStep({ initial: 1, milestones: [1], warmupEpochs: 2 }))).toEqual([
      ...Array.from({ length: 10 }, (_, i) => (i + 1) / 11),
      ...Array(5).fill(1),
      ...Array(5).fill(0.1),
    ]);
  });

  it('warm up for a part of an epoch, and any schedule', () => {
    const values = rates(warmup(constant(3), { epochs: 0.4 }));
    expect(values.slice(0, 4)).toEqual([1, 2, 3, 3]);
  });

  it('warm up for almost all of a short training, and leave the last step', () => {
    const ratesOf = (epochs: number, stepsPerEpoch: number): number[] => {
      const schedule = cosine({ peak: 1, warmupEpochs: 0.9 })({ epochs, stepsPerEpoch });
      return Array.from({ length: epochs * stepsPerEpoch }, (_, step) => schedule(step));
    };
    expect(ratesOf(1, 1)).toEqual([1]);
    expect(ratesOf(1, 2)).toEqual([0.5, 1]);
    expect(ratesOf(1, 3)).toEqual([1 / 3, 2 / 3, 1]);
    expect(ratesOf(2, 2)).toEqual([1 / 3, 2 / 3, 1, 0.5]);
  });

  it('cycle once in few steps and stay at the end after the last', () => {
    // Steps 0 to 3 of 4, the peak at 0.25 · 4 − 1 = 0: no step rises.
    const short = oneCycle({ peak: 1, warmupShare: 0.25, anneal: 'linear' })({
      epochs: 2,
      stepsPerEpoch: 2,
    });
    expect([0, 1, 2, 3].map((step) => short(step))).toEqual(
      [0, 1, 2, 3].map((step) => expect.closeTo(1 + ((4e-6 - 1) * step) / 3, 12)),
    );
    expect(short(7)).toBe(short(3));
    expect(oneCycle({ peak: 1 })({ epochs: 1, stepsPerEpoch: 1 })(0)).toBeCloseTo(4e-6, 15);
  });

  it('say what they are', () => {
    expect(oneCycle({ peak: 0.1 }).config).toEqual({
      name: 'oneCycle',
      peak: 0.1,
      warmupShare: 0.3,
      divFactor: 25,
      finalDivFactor: 1e4,
      anneal: 'cosine',
      threePhase: false,
    });
    expect(cosine({ peak: 0.1, warmupEpochs: 2 }).config).toEqual({
      name: 'cosine',
      peak: 0.1,
      final: 0,
      warmupEpochs: 2,
    });
    expect(warmup(constant(1), { epochs: 1 }).config).toEqual({
      name: 'warmup',
      epochs: 1,
      schedule: { name: 'constant', rate: 1 },
    });
  });

  it('refuse what they do not take', () => {
    expect(() => constant(-1)).toThrow('rate: got -1, takes a finite number from 0');
    expect(() => cosine({ peak: 0.1, final: 0.2 })).toThrow('final: got 0.2, takes at most peak');
    expect(() => cosine({ peek: 0.1 } as never)).toThrow("unknown option 'peek'");
    expect(() => multiStep({ initial: 1, milestones: [3, 2] })).toThrow('got 3 before 2');
    expect(() => multiStep({ initial: 1, milestones: [0] })).toThrow('milestones[0]: got 0');
    expect(() => multiStep({ initial: 1 } as never)).toThrow(
      'milestones: got undefined, takes epochs, rising, such as [100, 150]',
    );
    expect(() => oneCycle({ peak: 1, warmupShare: 0.6, threePhase: true })).toThrow(
      'warmupShare: got 0.6 with threePhase, takes a number from 0 to 0.5',
    );
    expect(() => oneCycle({ peak: 1, divFactor: 0.5 })).toThrow('divFactor: got 0.5');
    expect(() => stepDecay({ initial: 1, every: 0 })).toThrow('every: got 0');
    expect(() => warmup(constant(1), { epochs: -1 })).toThrow('epochs: got -1');
    expect(() => warmup(undefined as never, { epochs: 1 })).toThrow(
      'schedule: got undefined, takes one, such as constant(0.1)',
    );
    expect(() => cosine({ peak: 1, warmupEpochs: 4 })(context)).toThrow(
      "got 4 epochs, takes fewer than the training's 4",
    );
    expect(() => constant(1)({ epochs: 1, stepsPerEpoch: 0 })).toThrow('stepsPerEpoch: got 0');
  });
});
