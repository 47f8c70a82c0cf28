import {
  decoupledKd,
  distill,
  type DistillationLoss,
  distKd,
  distLoss,
  fitNet,
  hintonKd,
  kdLoss,
  multiLevelKd,
  multiLevelLoss,
  relationalAngleLoss,
  relationalDistanceLoss,
  relationalKd,
  similarityLoss,
  similarityPreserving,
  standardized,
} from '@mnet/distill';
import '@mnet/backend';
import { sgd } from '@mnet/train';
import {
  add,
  addN,
  grad,
  memory,
  mul,
  ones,
  randomNormal,
  type Scalar,
  setBackend,
  square,
  sub,
  sum,
  type Tensor,
  tensor1d,
  type Tensor2D,
  zeros,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinySplits, weightsOf } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

const taps = [{ student: 'student_features', teacher: 'teacher_features' }];
const random = (rows: number, columns: number, seed: number): Tensor2D =>
  randomNormal([rows, columns], 0, 2, 'float32', seed);
const finite = (x: Tensor): boolean => [...x.dataSync()].every(Number.isFinite);
const value = (x: Scalar): number => x.dataSync()[0] as number;

/** Every loss of two matrices of equal width, as one number. */
const functions: Record<string, (student: Tensor2D, teacher: Tensor2D) => Scalar> = {
  'standardized KD': (s, t) => kdLoss(s, t, { standardize: true }),
  similarity: similarityLoss,
  'relational distance': relationalDistanceLoss,
  'relational angle': relationalAngleLoss,
  DIST: (s, t) => addN(Object.values(distLoss(s, t))),
  'multi-level': (s, t) => addN(Object.values(multiLevelLoss(s, t))),
};

describe.each(Object.entries(functions))('%s', (name, loss) => {
  it('is 0 for a student that is its teacher, and falls along its gradient', () => {
    const [student, teacher] = [random(6, 5, 1), random(6, 5, 2)];
    expect(value(loss(teacher, teacher))).toBeCloseTo(0, 5);
    const before = value(loss(student, teacher));
    expect(before).toBeGreaterThan(1e-3);
    const slope = grad((s) => loss(s as Tensor2D, teacher))(student);
    const size = value(sum(square(slope)));
    const stepped = sub(student, mul(slope, (0.02 * before) / size)) as Tensor2D;
    expect(value(loss(stepped, teacher))).toBeLessThan(before);
  });

  it.each([
    ['one image', () => [random(1, 5, 3), random(1, 5, 4)]],
    ['two images', () => [random(2, 5, 3), random(2, 5, 4)]],
    ['two classes', () => [random(6, 2, 5), random(6, 2, 6)]],
    ['one image and two classes', () => [random(1, 2, 5), random(1, 2, 6)]],
    ['a student that gives nothing', () => [zeros([4, 3]), random(4, 3, 7)]],
    ['a teacher that gives nothing', () => [random(4, 3, 7), zeros([4, 3])]],
    ['a student that gives one thing', () => [ones([4, 3]), random(4, 3, 7)]],
    ['extreme values', () => [mul(random(4, 3, 8), 1e4), mul(random(4, 3, 9), -1e4)]],
  ] as [string, () => [Tensor2D, Tensor2D]][])(
    'is finite, and so is its gradient: %s',
    (_, make) => {
      const [s, t] = make();
      expect(finite(loss(s, t))).toBe(true);
      expect(finite(grad((x) => loss(x as Tensor2D, t))(s))).toBe(true);
    },
  );

  it('has no gradient for the teacher', () => {
    const student = random(4, 3, 1);
    const slope = grad((t) => loss(student, t as Tensor2D))(random(4, 3, 2));
    expect([...slope.dataSync()].every((x) => x === 0)).toBe(true);
  });

  it('leaves no tensor behind', () => {
    const [student, teacher] = [random(4, 3, 1), random(4, 3, 2)];
    const { numTensors } = memory();
    // The sum of several terms is the test's own.
    const terms = { DIST: 2, 'multi-level': 3 }[name] ?? 0;
    loss(student, teacher).dispose();
    expect(memory().numTensors).toBe(numTensors + terms);
  });
});

describe('what a loss does not see', () => {
  let [student, teacher, moved] = [] as unknown as [Tensor2D, Tensor2D, Tensor2D];
  beforeAll(() => {
    [student, teacher] = [random(6, 5, 1), random(6, 5, 2)];
    moved = add(mul(student, 3), 7);
  });

  it('standardized KD: size and mean of the logits', () => {
    const rows = standardized(student);
    for (const row of rows.arraySync()) {
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(0, 5);
      expect(row.reduce((a, b) => a + b * b, 0)).toBeCloseTo(5, 4);
    }
    const options = { standardize: true };
    expect(value(kdLoss(moved, teacher, options))).toBeCloseTo(
      value(kdLoss(student, teacher, options)),
      4,
    );
    expect(value(kdLoss(moved, teacher))).not.toBeCloseTo(value(kdLoss(student, teacher)), 1);
  });

  it('relational distillation: size and place of the embeddings', () => {
    for (const loss of [relationalDistanceLoss, relationalAngleLoss]) {
      expect(value(loss(moved, teacher))).toBeCloseTo(value(loss(student, teacher)), 5);
    }
  });

  it('similarity: size of the features', () => {
    const larger = mul(student, 3);
    expect(value(similarityLoss(larger, teacher))).toBeCloseTo(
      value(similarityLoss(student, teacher)),
      5,
    );
  });

  it('DIST: columns of one image, whose correlation is none', () => {
    const [s, t] = [random(1, 5, 3), random(1, 5, 4)];
    const { intra } = distLoss(s, t, { gamma: 3, temperature: 2 });
    expect(value(intra)).toBeCloseTo(12, 5);
    const slope = grad((x) => distLoss(x as Tensor2D, t).intra)(s);
    expect([...slope.dataSync()]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('as objects for the Distiller', () => {
  it('have the defaults that they declare', () => {
    expect(similarityPreserving({ taps }).config).toEqual({
      name: 'similarityPreserving',
      taps,
      weight: 3000,
    });
    expect(relationalKd({ taps }).config).toEqual({
      name: 'relationalKd',
      taps,
      distanceWeight: 25,
      angleWeight: 50,
    });
    expect(distKd().config).toEqual({ name: 'distKd', beta: 2, gamma: 2, temperature: 4 });
    expect(multiLevelKd().config).toEqual({
      name: 'multiLevelKd',
      temperatures: [2, 3, 4, 5, 6],
      instanceWeight: 1,
      batchWeight: 1,
      classWeight: 1,
    });
  });

  it.each<[string, () => unknown, string]>([
    ['taps of similarity', () => similarityPreserving({} as never), 'taps: got undefined, takes'],
    ['weight', () => similarityPreserving({ taps, weight: -1 }), 'weight: got -1'],
    [
      'an option',
      () => relationalKd({ taps, weight: 1 } as never),
      "unknown option 'weight', takes taps, distanceWeight, angleWeight",
    ],
    ['angle', () => relationalKd({ taps, angleWeight: -1 }), 'angleWeight: got -1'],
    ['temperature', () => distKd({ temperature: 0 }), 'temperature: got 0'],
    ['tau', () => distLoss(zeros([1, 2]), zeros([1, 2]), { tau: 1 } as never), "option 'tau'"],
    [
      'no temperature',
      () => multiLevelKd({ temperatures: [] }),
      'temperatures: got [], takes one or more temperatures, such as [2, 4, 6]',
    ],
    [
      'one of the temperatures',
      () => multiLevelKd({ temperatures: [1, 0] }),
      'temperatures[1]: got 0, takes a number above 0',
    ],
    ['standardize', () => hintonKd({ standardize: 1 } as never), 'standardize: got 1'],
    ['standardize', () => decoupledKd({ standardize: 'no' } as never), "standardize: got 'no'"],
  ])('refuse what they do not take: %s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it('weigh their terms', () => {
    const context = {
      studentLogits: random(4, 3, 1),
      teacherLogits: random(4, 3, 2),
      labels: tensor1d([0, 1, 2, 0], 'int32'),
      studentTaps: { student_features: random(4, 6, 3) },
      teacherTaps: { teacher_features: random(4, 5, 4) },
      epoch: 0,
    };
    const terms = (loss: DistillationLoss): Record<string, number> =>
      Object.fromEntries(
        Object.entries(loss.compute(context as never)).map(([key, term]) => [key, value(term)]),
      );
    const twice = (
      plain: DistillationLoss,
      weighted: DistillationLoss,
      factors: number[],
    ): void => {
      const [a, b] = [Object.entries(terms(plain)), Object.values(terms(weighted))];
      expect(b).toHaveLength(factors.length);
      a.forEach(([, x], i) => expect(b[i]).toBeCloseTo(x * (factors[i] as number), 4));
    };
    twice(
      similarityPreserving({ taps, weight: 1 }),
      similarityPreserving({ taps, weight: 7 }),
      [7],
    );
    const relations = { distanceWeight: 1, angleWeight: 1 };
    twice(
      relationalKd({ taps, ...relations }),
      relationalKd({ taps, distanceWeight: 2, angleWeight: 3 }),
      [2, 3],
    );
    twice(distKd({ beta: 1, gamma: 1 }), distKd({ beta: 2, gamma: 3 }), [2, 3]);
    twice(
      multiLevelKd(),
      multiLevelKd({ instanceWeight: 2, batchWeight: 3, classWeight: 4 }),
      [2, 3, 4],
    );
    const doubled = [...taps, ...taps];
    twice(
      similarityPreserving({ taps, weight: 1 }),
      similarityPreserving({ taps: doubled, weight: 1 }),
      [2],
    );
  });

  it('take maps by the mean of their pixels, and refuse what is neither', async () => {
    const data = tinySplits();
    const [teacher, student] = [tinyModel('teacher'), tinyModel('student')];
    const image = student.layers[0]?.name as string;
    const flat = student.layers.find(({ name }) => name.startsWith('flatten'))?.name as string;
    const both = [...taps, { student: flat, teacher: 'teacher_head' }];
    const losses = [relationalKd({ taps: both })];
    const { history } = await distill(student, { teacher, data, losses, epochs: 1 });
    expect(history[0]?.terms?.['angle']).toBeGreaterThan(0);
    expect(image).not.toBe(flat);
    const check = losses[0]?.validate?.bind(losses[0]);
    const side = { name: 'x', classes: 3, taps: { student_features: [4, 4], [flat]: [3] } };
    expect(() => check?.(side, side, 4)).toThrow(
      'taps: got student_features [4, 4], takes an embedding [width] or feature maps [height, width, channels]',
    );
  });
});

describe('a distillation on mnet', () => {
  beforeAll(() => setBackend('mnet'));
  afterAll(() => setBackend('cpu'));
  const data = tinySplits();
  const quick = { epochs: 4, batchSize: 16, alpha: 1, seed: 3 };
  const optimizer = () => sgd({ learningRate: 0.05, momentum: 0.9 });

  it.each<[string, () => DistillationLoss, number]>([
    ['standardized KD', () => hintonKd({ standardize: true }), 1],
    ['standardized DKD', () => decoupledKd({ standardize: true }), 0.1],
    ['similarity', () => similarityPreserving({ taps, weight: 30 }), 1],
    ['relational', () => relationalKd({ taps }), 0.1],
    ['DIST', () => distKd(), 0.1],
    ['multi-level', () => multiLevelKd(), 0.05],
  ])('brings the student closer: %s', async (_, make, weight) => {
    const teacher = tinyModel('teacher', { channels: 6, seed: 11 });
    const student = tinyModel('student', { channels: 3 });
    const { history } = await distill(student, {
      teacher,
      data,
      ...quick,
      optimizer: optimizer(),
      losses: [make()],
      weights: [weight],
    });
    const losses = history.map(({ trainLoss }) => trainLoss);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] as number));
  });

  it('is the weighted sum of three at once', async () => {
    const teacher = tinyModel('teacher', { channels: 6, seed: 11 });
    const losses = [
      hintonKd({ standardize: true }),
      relationalKd({ taps }),
      fitNet({ taps, weight: 2 }),
    ];
    const options = { teacher, data, ...quick, losses, weights: [0.5, 0.1, 2], alpha: 0.4 };
    const one = tinyModel('student', { channels: 3 });
    const { history } = await distill(one, { ...options, optimizer: optimizer() });
    for (const { trainLoss, terms = {} } of history) {
      expect(Object.keys(terms)).toEqual(['crossEntropy', 'kd', 'distance', 'angle', 'hint']);
      const { crossEntropy = 0, kd = 0, distance = 0, angle = 0, hint = 0 } = terms;
      const total = 0.6 * crossEntropy + 0.4 * (0.5 * kd + 0.1 * (distance + angle) + 2 * hint);
      expect(trainLoss).toBeCloseTo(total, 4);
    }
    const two = tinyModel('student', { channels: 3 });
    await distill(two, { ...options, optimizer: optimizer() });
    expect(weightsOf(two)).toEqual(weightsOf(one));
  });
});
