import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@mnet/backend';
import { Random } from '@mnet/core/random';
import {
  type Contrast,
  contrastiveKd,
  contrastiveLoss,
  distill,
  type DistillOptions,
  hintonKd,
} from '@mnet/distill';
import { sgd } from '@mnet/train';
import { memory, ones, scalar, setBackend, tensor1d, type Variable } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Negatives } from '../src/losses/negatives.ts';
import { figures, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-contrast-'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const taps = [{ student: 'student_features', teacher: 'teacher_features' }] as const;
const student = () => tinyModel('student', { channels: 3 });
const small = { taps, negatives: 20, dimensions: 8 };
const options = (more: Partial<DistillOptions> = {}): DistillOptions => ({
  teacher: tinyModel('teacher', { channels: 6, seed: 11 }),
  data,
  epochs: 3,
  batchSize: 16,
  seed: 5,
  optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
  losses: [contrastiveKd(small)],
  augment: { flip: true },
  ...more,
});

describe('negatives', () => {
  const labels = Int32Array.of(2, 0, 1, 0, 2, 2, 4);
  const positions = Int32Array.of(0, 1, 6);

  it('are of other classes, evenly', () => {
    const drawn = new Negatives(labels).draw(positions, 6000, new Random(1));
    positions.forEach((position, row) => {
      const counts = drawn.subarray(row * 7, row * 7 + 7);
      const others = labels.filter((label) => label !== labels[position]).length;
      expect(counts.reduce((a, b) => a + b)).toBe(6000);
      counts.forEach((count, image) => {
        if (labels[image] === labels[position]) expect(count).toBe(0);
        else expect(Math.abs(count / (6000 / others) - 1)).toBeLessThan(0.15);
      });
    });
  });

  it('are the same for the same seed', () => {
    const draw = (seed: number) => new Negatives(labels).draw(positions, 50, new Random(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('need a second class', () => {
    const one = new Negatives(Int32Array.of(3, 3));
    expect(() => one.draw(Int32Array.of(1), 1, new Random(1))).toThrow(
      'labels: got class 3 for all 2 images, takes images of two classes or more, for negatives',
    );
  });
});

describe.each(['cpu', 'mnet'])('contrastive distillation on %s', (backend) => {
  beforeAll(() => setBackend(backend));

  it('goes on to the same bits after a halt: memory, Z and negatives are those of one run', async () => {
    const whole = student();
    const straight = await distill(whole, options());
    const run = join(root, `halted-${backend}`);
    const controller = new AbortController();
    let steps = 0;
    const onStepEnd = (): void => {
      if (++steps === 4) controller.abort();
    };
    const { signal } = controller;
    const begin = distill(student(), options({ run, signal, callbacks: [{ onStepEnd }] }));
    await expect(begin).rejects.toThrow('stopped in epoch 2');
    const model = student();
    const resumed = await distill(model, options({ run, resume: true }));
    expect(weightsOf(model)).toEqual(weightsOf(whole));
    expect(figures(resumed)).toEqual(figures(straight));
    const other = student();
    await distill(other, options({ seed: 6 }));
    expect(weightsOf(other)).not.toEqual(weightsOf(whole));
  });

  it('learns, beside another loss, and leaves no tensor behind', async () => {
    const model = student();
    const more = options({ epochs: 12, alpha: 1, losses: [hintonKd(), contrastiveKd(small)] });
    const before = memory().numTensors;
    const { history } = await distill(model, more);
    expect(memory().numTensors).toBe(before);
    const terms = history.map((each) => each.terms?.['contrast'] as number);
    expect(terms.every(Number.isFinite)).toBe(true);
    expect(terms.at(-1)).toBeLessThan(0.9 * (terms[0] as number));
  });

  it('takes batches of one image', async () => {
    const { history } = await distill(student(), options({ epochs: 1, batchSize: 1 }));
    expect(history[0]?.terms?.['contrast']).toBeGreaterThan(0);
  });
});

describe('the memories', () => {
  beforeAll(() => setBackend('cpu'));

  it('hold rows of length 1 for the images that were seen, and Z from the first step on', async () => {
    const loss = contrastiveKd(small);
    const made: Record<string, Variable>[] = [];
    const watched = {
      ...loss,
      variables: (...given: Parameters<NonNullable<typeof loss.variables>>) => {
        const own = loss.variables?.(...given) ?? {};
        made.push(own);
        return own;
      },
    };
    const before: number[] = [];
    const partitions: number[] = [];
    const onStepEnd = (): void => {
      partitions.push(made[0]?.['student_partition']?.dataSync()[0] as number);
      if (before.length === 0) before.push(...(made[0]?.['student_bank']?.dataSync() ?? []));
    };
    const lengths: number[] = [];
    const onEpochEnd = (): void => {
      const bank = made[0]?.['student_bank']?.dataSync() ?? [];
      for (let row = 0; row < 48; row++) {
        lengths.push(Math.hypot(...bank.slice(row * 8, row * 8 + 8)));
      }
      expect([...bank]).not.toEqual(before);
    };
    const callbacks = [{ onStepEnd, onEpochEnd }];
    await distill(student(), options({ epochs: 1, losses: [watched], callbacks }));
    expect(lengths).toHaveLength(48);
    for (const length of lengths) expect(length).toBeCloseTo(1, 5);
    expect(new Set(partitions).size).toBe(1);
    expect(partitions[0]).not.toBe(1);
    expect(Object.entries(made[0] ?? {}).map(([name, { trainable }]) => [name, trainable])).toEqual(
      ['student', 'teacher'].flatMap((side) => [
        [`${side}_weight`, true],
        [`${side}_bias`, true],
        [`${side}_bank`, false],
        [`${side}_partition`, false],
      ]),
    );
  });
});

it('refuses what would be repeated', () => {
  const contrast: Contrast = {
    bank: ones([5, 2]),
    positions: tensor1d([0, 1, 2], 'int32'),
    drawn: ones([3, 5]),
    negatives: 2,
    temperature: 0.1,
    partition: scalar(1),
  };
  const loss = (other: Partial<Contrast>) =>
    contrastiveLoss(ones([3, 2]), { ...contrast, ...other }).dataSync()[0];
  expect(loss({})).toBeGreaterThan(0);
  expect(() => loss({ positions: tensor1d([0], 'int32') })).toThrow(
    'positions: got [1], takes [3]',
  );
  expect(() => loss({ drawn: ones([1, 5]) })).toThrow('drawn: got [1, 5], takes [3, 5]');
});

describe('its options', () => {
  it('have the defaults of the paper', () => {
    expect(contrastiveKd({ taps }).config).toEqual({
      name: 'contrastiveKd',
      taps,
      negatives: 16384,
      temperature: 0.07,
      momentum: 0.5,
      dimensions: 128,
      weight: 0.8,
    });
  });

  it.each<[object, string]>([
    [{}, "taps: got undefined, takes one pair of layers' names"],
    [{ taps: [...taps, ...taps] }, "takes one pair of layers' names"],
    [{ taps, negatives: 0 }, 'negatives: got 0, takes a whole number from 1'],
    [{ taps, temperature: 0.01 }, 'temperature: got 0.01'],
    [{ taps, momentum: 1.5 }, 'momentum: got 1.5'],
    [{ taps, dimensions: 0 }, 'dimensions: got 0'],
    [{ taps, weight: -1 }, 'weight: got -1'],
    [{ taps, k: 3 }, "unknown option 'k', takes taps, negatives, temperature, momentum"],
  ])('refuse what they do not take: %o', (given, message) => {
    expect(() => contrastiveKd(given as never)).toThrow(message);
  });

  it('refuse layers that give no embeddings, by name', () => {
    const side = { name: 'x', classes: 3, taps: { student_features: [], teacher_features: [3] } };
    expect(() => contrastiveKd(small).validate?.(side, side, 9)).toThrow(
      'taps: got student_features [], takes an embedding [width] or feature maps',
    );
  });
});
