import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DistillationLoss,
  type DistillationSide,
  distill,
  type DistillOptions,
  Distiller,
  fitNet,
  hintonKd,
} from '@mnet/distill';
import { adamW, readRun, train } from '@mnet/train';
import {
  expandDims,
  gather,
  mean,
  memory,
  setBackend,
  squaredDifference,
  type Tensor,
  tensor1d,
  tensorScatterUpdate,
  variable,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figures, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-loss-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const teacher = (): LayersModel => tinyModel('teacher', { channels: 6, seed: 11 });
const student = (): LayersModel => tinyModel('student', { channels: 3 });
const quick = { epochs: 2, batchSize: 16 };
const taps = [{ student: 'student_features', teacher: 'teacher_features' }];

describe('a loss that checks both sides', () => {
  /** Refuses whatever it is given, and keeps that. */
  function choosy(seen: unknown[][]): DistillationLoss {
    return {
      ...fitNet({ taps }),
      name: 'choosy',
      validate(...given: [DistillationSide, DistillationSide, number]) {
        seen.push(given);
        throw new RangeError(`images: got ${given[2]}, takes at least 100`);
      },
    };
  }
  const losses = (seen: unknown[][] = []) => [hintonKd({ temperature: 4 }), choosy(seen)];
  const message = 'losses[1], choosy: images: got 48, takes at least 100';
  const sides = [
    { name: 'student', classes: 3, taps: { student_features: [3, 3, 3] } },
    { name: 'teacher', classes: 3, taps: { teacher_features: [3, 3, 6] } },
    48,
  ];

  it('is asked before anything is trained or written', async () => {
    const [run, seen, model] = [join(root, 'never'), [] as unknown[][], student()];
    const before = weightsOf(model);
    const work = distill(model, { teacher: teacher(), data, ...quick, run, losses: losses(seen) });
    await expect(work).rejects.toThrow(new RangeError(message));
    expect(seen).toEqual([sides]);
    expect(() => readRun(run)).toThrow('holds no run');
    expect(weightsOf(model)).toEqual(before);
  });

  it('is asked where the training is that of train, before the teacher is', async () => {
    const [seen, tasks] = [[] as unknown[][], [] as string[]];
    const model = student();
    const objective = new Distiller(model, {
      teacher: teacher(),
      losses: [hintonKd({ temperature: 4 }), { ...choosy(seen), taps: [] }],
      cacheTeacher: true,
    }).objective();
    const callbacks = [{ onProgress: ({ task }: { task: string }) => void tasks.push(task) }];
    const tensors = memory().numTensors;
    await expect(train(model, data, { ...quick, objective, callbacks })).rejects.toThrow(message);
    expect(seen).toEqual([
      sides.map((side) => (side === 48 ? 48 : { ...(side as object), taps: {} })),
    ]);
    expect(tasks).toEqual([]);
    expect(memory().numTensors).toBe(tensors);
  });

  it.each([
    [new Error('too small'), new Error('losses[0], picky: too small')],
    ['too small', new Error('losses[0], picky: too small')],
  ])('may throw anything: %s', async (thrown, error) => {
    const picky: DistillationLoss = {
      ...hintonKd(),
      name: 'picky',
      validate() {
        throw thrown as Error;
      },
    };
    const work = distill(student(), { teacher: teacher(), data, ...quick, losses: [picky] });
    await expect(work).rejects.toThrow(error);
  });

  it('keeps the kind of its error, and is named where it is one of ours', async () => {
    const head = [{ student: 'student_head', teacher: 'teacher_head' }];
    const work = distill(student(), {
      teacher: teacher(),
      data,
      ...quick,
      losses: [fitNet({ taps: head })],
    });
    await expect(work).rejects.toThrow(
      new TypeError(
        'losses[0], fitNet: taps: got student_head [3] and teacher_head [3], takes feature maps [height, width, channels]',
      ),
    );
  });
});

describe('a loss with a memory bank', () => {
  /** Pulls each image's logits to those that it had when it was seen last, which stand in a bank. */
  function bankLoss(made: Variable[] = []): DistillationLoss {
    return {
      name: 'bank',
      config: { name: 'bank' },
      variables(_shapes, _seed, images) {
        const bank = variable(zeros([images, 3]), false);
        made.push(bank);
        return { bank };
      },
      compute({ studentLogits, indices, labels, variables }) {
        const bank = variables['bank'] as Variable;
        expect([...labels.dataSync()]).toEqual([...indices].map((i) => data.train.labels[i]));
        const rows = tensor1d(indices, 'int32');
        const before = gather(bank as unknown as Tensor, rows);
        bank.assign(tensorScatterUpdate(bank, expandDims(rows, 1), studentLogits));
        return { bank: mean(squaredDifference(studentLogits, before)) };
      },
    };
  }
  const options = (more: Partial<DistillOptions> = {}): DistillOptions => ({
    teacher: teacher(),
    data,
    ...quick,
    epochs: 3,
    optimizer: adamW({ learningRate: 0.01, weightDecay: 0.5 }),
    losses: [hintonKd({ temperature: 4 }), bankLoss()],
    augment: { flip: true },
    ...more,
  });

  it('knows each image by its index, and no optimizer touches the bank', async () => {
    const made: Variable[] = [];
    const held: number[][] = [];
    const seen: number[][] = [];
    const keep: DistillationLoss = {
      name: 'watch',
      config: { name: 'watch' },
      compute: ({ studentLogits, indices }) => {
        const values = studentLogits.dataSync();
        for (const [row, index] of indices.entries()) {
          seen[index] = [0, 1, 2].map((c) => values[row * 3 + c] as number);
        }
        return {};
      },
    };
    const onEpochEnd = () => void held.push([...(made[0] as Variable).dataSync()]);
    const losses = [bankLoss(made), keep];
    const callbacks = [{ onEpochEnd }];
    const { history } = await distill(student(), options({ epochs: 2, losses, callbacks }));
    expect(held[1]).toEqual(seen.flat());
    expect(held[0]).not.toEqual(held[1]);
    expect(history[0]?.terms?.['bank']).toBeGreaterThan(0);
  });

  it('goes on to the same bits, for checkpoints hold the bank', async () => {
    const whole = student();
    const straight = await distill(whole, options());
    const run = join(root, 'halted');
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
  });
});
