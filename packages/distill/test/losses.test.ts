import {
  attentionLoss,
  attentionTransfer,
  decoupledKd,
  distLoss,
  dkdLoss,
  fitNet,
  hintLoss,
  hintonKd,
  kdLoss,
  kdOptions,
  relationalAngleLoss,
  relationalDistanceLoss,
  similarityLoss,
} from '@mnet/distill';
import { softmaxCrossEntropy } from '@mnet/ops';
import {
  add,
  fill,
  grad,
  grads,
  memory,
  mul,
  scalar,
  setBackend,
  type Tensor,
  tensor1d,
  tensor2d,
  type Tensor2D,
  tensor4d,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
// The gradients of TensorFlow.js's operations come with its layers.
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { distance } from './distance.ts';
import golden from './golden/losses.json' with { type: 'json' };

beforeAll(() => setBackend('cpu'));

type Name = keyof typeof golden.kd.inputs;

function logitsOf(name: string) {
  const { shape, student, teacher, labels } = golden.kd.inputs[name as Name];
  const size = shape as [number, number];
  return {
    student: tensor2d(student, size),
    teacher: tensor2d(teacher, size),
    labels: tensor1d(labels, 'int32'),
  };
}

describe('distillation with cross-entropy', () => {
  it.each(golden.kd.cases)(
    '$logits logits, T = $temperature, α = $alpha: value and gradient as in PyTorch',
    ({ logits, temperature, alpha, kd, loss, gradient }) => {
      const { student, teacher, labels } = logitsOf(logits);
      const combined = (s: Tensor): Tensor =>
        add(
          mul(kdLoss(s as Tensor2D, teacher, { temperature }), alpha),
          mul(softmaxCrossEntropy(s as Tensor2D, labels), 1 - alpha),
        );
      expect(distance(kdLoss(student, teacher, { temperature }), [kd])).toBeLessThan(1e-5);
      expect(distance(combined(student), [loss])).toBeLessThan(1e-5);
      expect(distance(grad(combined)(student), gradient)).toBeLessThan(1e-5);
    },
  );

  it('refuses what it does not take', () => {
    const { student, teacher } = logitsOf('moderate');
    expect(() => kdLoss(student, teacher, { temperature: 0 })).toThrow(
      'temperature: got 0, takes a number above 0',
    );
    expect(() => hintonKd({ temperature: Number.NaN })).toThrow('temperature: got NaN');
    expect(() => hintonKd({ temperature: 2e6 })).toThrow(
      'temperature: got 2000000, takes a number above 0, up to 1000000',
    );
    expect(() => hintonKd({ T: 4 } as never)).toThrow("unknown option 'T', takes temperature");
    expect(() => kdLoss(student, teacher, { T: 4 } as never)).toThrow('kdLoss options: unknown');
  });

  it('has the defaults that it declares', () => {
    const { student, teacher } = logitsOf('moderate');
    expect(hintonKd().config).toEqual({
      name: 'hintonKd',
      temperature: 4,
      standardize: false,
    });
    expect(kdOptions.fields.temperature.fallback).toBe(4);
    expect(kdLoss(student, teacher).dataSync()).toEqual(
      kdLoss(student, teacher, { temperature: 4 }).dataSync(),
    );
  });
});

describe('decoupled distillation', () => {
  it.each(golden.dkd)(
    '$logits logits, T = $temperature, α = $alpha, β = $beta: values and gradient as in PyTorch',
    ({ logits, temperature, alpha, beta, tckd, nckd, gradient }) => {
      const { student, teacher, labels } = logitsOf(logits);
      const options = { alpha, beta, temperature };
      const terms = dkdLoss(student, teacher, labels, options);
      expect(distance(terms.tckd, [tckd])).toBeLessThan(1e-5);
      expect(distance(terms.nckd, [nckd])).toBeLessThan(1e-5);
      const total = (s: Tensor): Tensor => {
        const parts = dkdLoss(s as Tensor2D, teacher, labels, options);
        return add(parts.tckd, parts.nckd);
      };
      expect(distance(grad(total)(student), gradient)).toBeLessThan(2e-5);
    },
  );

  it('rises over its warm-up', () => {
    const { student, teacher, labels } = logitsOf('moderate');
    const loss = decoupledKd({ warmupEpochs: 4 });
    const at = (epoch: number) => {
      const context = { studentLogits: student, teacherLogits: teacher, labels, epoch };
      return loss.compute(context as never);
    };
    const [first, last] = [at(0), at(9)];
    for (const term of ['tckd', 'nckd'] as const) {
      const ratio = (first[term]?.dataSync()[0] ?? 0) / (last[term]?.dataSync()[0] ?? 1);
      expect(ratio).toBeCloseTo(1 / 4, 6);
    }
  });

  it('refuses what it does not take', () => {
    expect(() => decoupledKd({ beta: -1 })).toThrow('beta: got -1, takes a finite number from 0');
    expect(() => decoupledKd({ temperature: -1 })).toThrow('temperature: got -1');
    expect(() => decoupledKd({ warmupEpochs: -1 })).toThrow('warmupEpochs: got -1');
    const { student, teacher, labels } = logitsOf('moderate');
    expect(() => dkdLoss(student, teacher, labels, { gamma: 1 } as never)).toThrow(
      "dkdLoss options: unknown option 'gamma', takes alpha, beta, temperature",
    );
  });

  it('has the defaults that it declares', () => {
    const { student, teacher, labels } = logitsOf('moderate');
    const defaults = { alpha: 1, beta: 8, temperature: 4, standardize: false };
    expect(decoupledKd().config).toEqual({ name: 'decoupledKd', ...defaults, warmupEpochs: 0 });
    const [short, long] = [undefined, defaults].map((given) =>
      dkdLoss(student, teacher, labels, given),
    );
    expect(short?.nckd.dataSync()).toEqual(long?.nckd.dataSync());
    expect(short?.tckd.dataSync()).toEqual(long?.tckd.dataSync());
  });
});

describe('feature losses', () => {
  const { features } = golden;
  const student = () => tensor4d(features.student, features.studentShape as [2, 3, 3, 4]);
  const teacher = () => tensor4d(features.teacher, features.teacherShape as [2, 3, 3, 5]);

  it('attention: value and gradient as in PyTorch', () => {
    const t = teacher();
    expect(distance(attentionLoss(student(), t), [features.attention.loss])).toBeLessThan(1e-5);
    const gradient = grad((s) => attentionLoss(s as Tensor4D, t))(student());
    expect(distance(gradient, features.attention.gradient)).toBeLessThan(1e-5);
  });

  it('attention: no NaN where nothing is active', () => {
    const gradient = grad((s) => attentionLoss(s as Tensor4D, teacher()))(zeros([2, 3, 3, 4]));
    expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it('hint: value and gradients as in PyTorch', () => {
    const kernel = tensor4d(features.kernel, [1, 1, 4, 5]);
    const t = teacher();
    const loss = hintLoss(student(), t, kernel);
    expect(distance(loss, [features.hint.loss])).toBeLessThan(1e-5);
    const [dStudent, dKernel] = grads((s: Tensor, k: Tensor) =>
      hintLoss(s as Tensor4D, t, k as Tensor4D),
    )([student(), kernel]) as [Tensor, Tensor];
    expect(distance(dStudent, features.hint.gradient)).toBeLessThan(1e-5);
    expect(distance(dKernel, features.hint.kernelGradient)).toBeLessThan(1e-5);
  });

  it('average the larger map down, on either side', () => {
    const constant = (size: number, value: number) => fill([1, size, size, 1], value) as Tensor4D;
    const one = tensor4d([1], [1, 1, 1, 1]);
    const [big, small] = [constant(4, 3), constant(2, 5)];
    expect(hintLoss(big, small, one).dataSync()[0]).toBeCloseTo(4, 5);
    expect(hintLoss(small, big, one).dataSync()[0]).toBeCloseTo(4, 5);
    expect(() => hintLoss(constant(3, 1), small, one)).toThrow(
      'takes heights and widths of which one pair is a whole multiple of the other',
    );
  });

  it('leave no tensor behind', () => {
    const [s, t, k] = [student(), teacher(), tensor4d(features.kernel, [1, 1, 4, 5])];
    const { student: a, teacher: b, labels } = logitsOf('moderate');
    const before = memory().numTensors;
    attentionLoss(s, t).dispose();
    hintLoss(s, t, k).dispose();
    kdLoss(a, b, { temperature: 2 }).dispose();
    for (const term of Object.values(
      dkdLoss(a, b, labels, { alpha: 1, beta: 1, temperature: 1 }),
    )) {
      term.dispose();
    }
    expect(memory().numTensors).toBe(before);
  });

  it('refuse what they do not take', () => {
    expect(() => fitNet({ taps: [] })).toThrow("takes pairs of layers' names");
    expect(() => fitNet({} as never)).toThrow("taps: got undefined, takes pairs of layers' names");
    expect(() => fitNet({ layers: [] } as never)).toThrow(
      "fitNet options: unknown option 'layers', takes taps, weight",
    );
    expect(() => attentionTransfer({ taps: [{ student: 'a' }] } as never)).toThrow('taps: got');
    expect(() => attentionTransfer({ taps: [null] } as never)).toThrow('taps: got [null]');
    expect(() => attentionTransfer({ taps: [{ student: 'a', teacher: 'b' }], weight: -1 })).toThrow(
      'weight: got -1',
    );
    expect(() => attentionLoss(tensor2d([[1]]) as never, scalar(1) as never)).toThrow(
      'takes feature maps [height, width, channels]',
    );
  });
});

describe('losses of two sides', () => {
  const logits = (rows: number, classes = 3): Tensor2D => fill([rows, classes], 0.5) as Tensor2D;
  const maps = (rows: number, channels = 3): Tensor4D =>
    fill([rows, 2, 2, channels], 0.5) as Tensor4D;
  const labels = (rows: number) =>
    tensor1d(
      Array.from({ length: rows }, () => 0),
      'int32',
    );
  const batch = "teacher: got [1, 3], takes a batch of 4 images, as the student's [4, 3]";

  it.each<[string, () => unknown, string]>([
    ['attention', () => attentionLoss(maps(4), maps(1)), 'takes a batch of 4 images'],
    ['hint', () => hintLoss(maps(4), maps(1), fill([1, 1, 3, 3], 1)), 'takes a batch of 4 images'],
    [
      'hint, its adapter',
      () => hintLoss(maps(4), maps(4), fill([1, 1, 3, 1], 1)),
      'adapter: got [1, 1, 3, 1], takes [1, 1, 3, 3]',
    ],
    ['similarity', () => similarityLoss(logits(4), logits(1)), batch],
    ['distances', () => relationalDistanceLoss(logits(4), logits(1)), batch],
    ['angles', () => relationalAngleLoss(logits(4), logits(1)), batch],
    ['DIST', () => distLoss(logits(4), logits(1)), 'teacher: got [1, 3], takes [4, 3]'],
    ['DIST, classes', () => distLoss(logits(4), logits(4, 1)), 'teacher: got [4, 1], takes [4, 3]'],
    ['DKD', () => dkdLoss(logits(4), logits(1), labels(4)), 'teacher: got [1, 3], takes [4, 3]'],
    ['DKD, labels', () => dkdLoss(logits(4), logits(4), labels(1)), 'labels: got [1], takes [4]'],
    [
      'DKD, ranks',
      () => dkdLoss(maps(4) as never, logits(4), labels(4)),
      'student: got [4, 2, 2, 3], takes logits [batch, classes]',
    ],
  ])('refuse what would be repeated: %s', (_, loss, message) => {
    const before = memory().numTensors;
    expect(() => tidy(loss as () => Tensor)).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  it('of unequal widths compare what they compare', () => {
    const [narrow, wide] = [logits(4, 2), logits(4, 5)];
    for (const loss of [similarityLoss, relationalDistanceLoss, relationalAngleLoss]) {
      expect(loss(narrow, wide).dataSync()[0]).toBeCloseTo(0, 6);
    }
  });
});
