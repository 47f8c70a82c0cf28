import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bornAgain,
  type BornAgainOptions,
  type ChainLink,
  distill,
  distillChain,
  type DistillOptions,
  ensembleTeacher,
  fitNet,
  hintonKd,
} from '@mnet/distill';
import { evaluate, evaluateLogits, readRun, sgd } from '@mnet/train';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-chains-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const teacher = (): LayersModel => tinyModel('teacher', { channels: 6, seed: 11 });
const quick = {
  data,
  epochs: 2,
  batchSize: 16,
  optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
  alpha: 0.7,
};
const options = (more: Partial<DistillOptions> = {}): DistillOptions => ({
  teacher: teacher(),
  ...quick,
  ...more,
});
const links = (): ChainLink[] => [
  { name: 'assistant', student: tinyModel('assistant', { channels: 4, seed: 3 }) },
  { name: 'student', student: tinyModel('student', { channels: 2, seed: 5 }) },
];
const weights = (chain: readonly ChainLink[]) => chain.map(({ student }) => weightsOf(student));

describe('a chain', () => {
  it('is one distillation after the other', async () => {
    const chain = links();
    const { links: results, summary } = await distillChain(chain, options());
    const [assistant, student] = links().map((link) => link.student) as [LayersModel, LayersModel];
    const first = await distill(assistant, options());
    await distill(student, options({ teacher: assistant }));
    expect(weights(chain)).toEqual([weightsOf(assistant), weightsOf(student)]);
    expect(results).toHaveLength(2);
    expect(results[0]?.history[0]?.trainLoss).toBe(first.history[0]?.trainLoss);
    expect(summary.map(({ network, role }) => [network, role])).toEqual([
      ['teacher', 'teacher'],
      ['assistant', 'student'],
      ['student', 'student'],
    ]);
    expect(summary[2]?.testAccuracy).toBe((await evaluate(student, data.test)).accuracy);
  });

  it('has a run folder a link, and goes on at the link that was stopped', async () => {
    const straight = links();
    await distillChain(straight, options());
    const run = join(root, 'chain');
    const controller = new AbortController();
    let steps = 0;
    const onStepEnd = (): void => {
      // Three steps an epoch: in the second epoch of the second link.
      if (++steps === 10) controller.abort();
    };
    const { signal } = controller;
    await expect(
      distillChain(links(), options({ run, signal, callbacks: [{ onStepEnd }] })),
    ).rejects.toThrow('stopped in epoch 2');
    expect(readdirSync(run).toSorted()).toEqual(['assistant', 'student']);
    const again = links();
    let trained = 0;
    const callbacks = [{ onStepEnd: () => void (trained += 1) }];
    await distillChain(again, options({ run, resume: true, callbacks }));
    expect(weights(again)).toEqual(weights(straight));
    expect(trained).toBeLessThan(3);
    await expect(distillChain(links(), options({ run }))).rejects.toThrow('holds a run already');
    const other = options({ run, resume: true, teacher: tinyModel('teacher', { channels: 6 }) });
    await expect(distillChain(links(), other)).rejects.toThrow('objective.fingerprint.teacher');
  });

  it('takes what is otherwise for a link, a folder of its own among it', async () => {
    const [first, second] = links() as [ChainLink, ChainLink];
    const taps = [{ student: 'student_features', teacher: 'assistant_features' }];
    const own = join(root, 'elsewhere');
    const changed = [
      { ...first, options: { epochs: 1 } },
      { ...second, options: { losses: [fitNet({ taps })], run: own } },
    ];
    const run = join(root, 'otherwise');
    const { links: results } = await distillChain(changed, options({ run }));
    expect(results.map(({ history }) => history.length)).toEqual([1, 2]);
    expect(Object.keys(results[1]?.history[0]?.terms ?? {})).toEqual(['crossEntropy', 'hint']);
    expect(readRun(own).model.name).toBe('student');
    expect(readdirSync(run)).toEqual(['assistant']);
  });

  it('refuses what does not fit before anything is trained', async () => {
    const [first, second] = links() as [ChainLink, ChainLink];
    const untouched = weightsOf(first.student);
    const cases: [unknown, string][] = [
      [[], 'links: got [], takes at least one { name, student }'],
      [[{ ...first, name: '../x' }], "links[0].name: got '../x', takes letters"],
      [[first, { ...second, name: 'assistant' }], "links[1].name: got 'assistant' a second time"],
      [[first, { ...first, name: 'b' }], 'links[1].student: got a model a second time'],
      [[first, { ...second, options: { alpha: 3 } }], "link 'student': alpha: got 3, takes"],
      [
        [first, { name: 'five', student: tinyModel('five', { classes: 5 }) }],
        "link 'five': teacher: 'assistant' has 3 classes, the student 5",
      ],
      [
        [
          first,
          { ...second, options: { losses: [fitNet({ taps: [{ student: 'a', teacher: 'b' }] })] } },
        ],
        "link 'student': taps: the student 'student' has no layer 'a'",
      ],
    ];
    for (const [chain, message] of cases) {
      await expect(distillChain(chain as ChainLink[], options())).rejects.toThrow(message);
    }
    await expect(distillChain(links(), undefined as never)).rejects.toThrow(
      "link 'assistant': teacher: got undefined, takes a tf.LayersModel or a Teacher",
    );
    expect(weightsOf(first.student)).toEqual(untouched);
  });
});

describe('born-again networks', () => {
  const make = (generation: number): LayersModel =>
    tinyModel('student', { channels: 3, seed: 20 + generation });
  const again = (more: Partial<BornAgainOptions> = {}) =>
    bornAgain(make, { ...options(), generations: 2, ...more });

  it('are taught by the generation before, from other weights and in another order', async () => {
    const { students, links: results, summary } = await again({ seed: 4 });
    const [first, second] = [make(1), make(2)];
    const losses = [hintonKd({ temperature: 1 })];
    await distill(first, options({ losses, seed: 4 }));
    await distill(second, options({ losses, seed: 5, teacher: first }));
    expect(students.map(weightsOf)).toEqual([weightsOf(first), weightsOf(second)]);
    expect(results.map(({ record }) => record.options['seed'])).toEqual([4, 5]);
    expect(summary).toHaveLength(3);
  });

  it('are an ensemble, of which the figures are those of the mean logits', async () => {
    const testViews = { shift: 1 };
    const { students, ensemble, summary } = await again({ ensemble: true, testViews });
    const prepared = ensembleTeacher(students).prepare([]);
    const none = { indices: Int32Array.of(), mirrored: Uint8Array.of() };
    const { accuracy } = await evaluateLogits(
      (images) => prepared.forward({ images, ...none }).logits,
      data.test,
      testViews,
    );
    expect(summary.at(-1)).toMatchObject({
      role: 'ensemble',
      network: 'ensemble of student, student',
      parameters: 2 * 174,
      testAccuracy: accuracy,
    });
    expect(ensemble?.classes).toBe(3);
  });

  it('are not trained again where they are complete', async () => {
    const run = join(root, 'again');
    const one = await again({ run, generations: 1 });
    let steps = 0;
    const callbacks = [{ onStepEnd: () => void (steps += 1) }];
    const two = await again({ run, resume: true, callbacks });
    expect(steps).toBe(6);
    expect(weightsOf(two.students[0] as LayersModel)).toEqual(
      weightsOf(one.students[0] as LayersModel),
    );
    const straight = await again();
    expect(two.students.map(weightsOf)).toEqual(straight.students.map(weightsOf));
  });

  it('leave nothing but the students', async () => {
    const own = options();
    const before = memory().numTensors;
    const { students } = await bornAgain(make, { ...own, generations: 2, ensemble: true });
    for (const each of students) each.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuse what they do not take', async () => {
    await expect(again({ generations: 0 })).rejects.toThrow('generations: got 0, takes');
    await expect(again({ ensemble: 1 as never })).rejects.toThrow('ensemble: got 1');
    await expect(again({ generation: 2 } as never)).rejects.toThrow("unknown option 'generation'");
    await expect(bornAgain(teacher() as never, options() as never)).rejects.toThrow('make: got');
    await expect(bornAgain(make, undefined as never)).rejects.toThrow('teacher: got undefined');
    const same = make(1);
    await expect(bornAgain(() => same, { ...options() })).rejects.toThrow('a second time');
  });
});
