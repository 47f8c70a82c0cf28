import {
  contrastiveLoss,
  distLoss,
  dkdLoss,
  kdLoss,
  movedBank,
  multiLevelLoss,
  relationalAngleLoss,
  relationalDistanceLoss,
  similarityLoss,
} from '@mnet/distill';
import {
  addN,
  grad,
  mul,
  type Scalar,
  scalar,
  setBackend,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
// The gradients of TensorFlow.js's operations come with its layers.
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { distance } from './distance.ts';
import golden from './golden/losses.json' with { type: 'json' };

/** Logits of both sides and labels, by name. */
function logitsOf(name: string) {
  const { shape, student, teacher, labels } =
    golden.kd.inputs[name as keyof typeof golden.kd.inputs];
  const size = shape as [number, number];
  return {
    student: tensor2d(student, size),
    teacher: tensor2d(teacher, size),
    labels: tensor1d(labels, 'int32'),
  };
}

/** The losses against PyTorch's values and gradients, on one backend. */
export function goldenSuite(backend: string): void {
  beforeAll(async () => {
    await setBackend(backend);
  });

  describe(`standardized logits on ${backend}`, () => {
    it.each(golden.standardized)('$logits logits, T = $temperature', (expected) => {
      const { student, teacher, labels } = logitsOf(expected.logits);
      const options = { temperature: expected.temperature, standardize: true };
      const kd = (s: Tensor): Tensor => kdLoss(s as Tensor2D, teacher, options);
      expect(distance(kd(student), [expected.kd])).toBeLessThan(1e-5);
      expect(distance(grad(kd)(student), expected.kdGradient)).toBeLessThan(1e-5);
      const dkd = (s: Tensor) => dkdLoss(s as Tensor2D, teacher, labels, options);
      const { tckd, nckd } = dkd(student);
      expect(distance(tckd, [expected.tckd])).toBeLessThan(1e-5);
      expect(distance(nckd, [expected.nckd])).toBeLessThan(1e-5);
      const total = (s: Tensor): Tensor => addN(Object.values(dkd(s)));
      expect(distance(grad(total)(student), expected.dkdGradient)).toBeLessThan(2e-5);
    });
  });

  describe(`relations of images on ${backend}`, () => {
    const losses = {
      similarity: similarityLoss,
      distance: relationalDistanceLoss,
      angle: relationalAngleLoss,
    } as Record<string, (student: Tensor, teacher: Tensor) => Scalar>;

    it.each(['similarity', 'distance', 'angle'] as const)('%s', (name) => {
      const expected = golden[name];
      const student = tensor(expected.student, expected.studentShape);
      const teacher = tensor(expected.teacher, expected.teacherShape);
      const loss = losses[name] as (typeof losses)[string];
      expect(distance(loss(student, teacher), [expected.loss])).toBeLessThan(1e-5);
      const gradient = grad((s) => loss(s, teacher))(student);
      expect(distance(gradient, expected.gradient)).toBeLessThan(1e-5);
    });
  });

  describe(`DIST on ${backend}`, () => {
    it.each(golden.dist)('$shape logits, T = $temperature', (expected) => {
      const student = tensor2d(expected.student, expected.shape as [number, number]);
      const teacher = tensor2d(expected.teacher, expected.shape as [number, number]);
      const { temperature } = expected;
      const plain = distLoss(student, teacher, { temperature, beta: 1, gamma: 1 });
      expect(distance(plain.inter, [expected.inter])).toBeLessThan(1e-5);
      expect(distance(plain.intra, [expected.intra])).toBeLessThan(1e-5);
      const weights = { temperature, beta: 2, gamma: 3 };
      const total = (s: Tensor): Tensor =>
        addN(Object.values(distLoss(s as Tensor2D, teacher, weights)));
      expect(distance(grad(total)(student), expected.gradient)).toBeLessThan(2e-5);
    });
  });

  describe(`multi-level distillation on ${backend}`, () => {
    it.each(golden.multiLevel)('$logits logits, T = $temperatures', (expected) => {
      const { student, teacher } = logitsOf(expected.logits);
      const { temperatures } = expected;
      const plain = multiLevelLoss(student, teacher, { temperatures });
      for (const level of ['instance', 'batch', 'class'] as const) {
        expect(distance(plain[level], [expected[level]])).toBeLessThan(1e-5);
      }
      const total = (s: Tensor): Tensor => {
        const levels = multiLevelLoss(s as Tensor2D, teacher, { temperatures });
        return addN([levels.instance, mul(levels.batch, 2), mul(levels.class, 3)]);
      };
      expect(distance(grad(total)(student), expected.gradient)).toBeLessThan(1e-5);
    });
  });

  describe(`contrastive distillation on ${backend}`, () => {
    const { contrast } = golden;
    const embeddings = () => tensor2d(contrast.embeddings, [3, 4]);
    const bank = () => tensor2d(contrast.bank, [7, 4]);
    const positions = () => tensor1d(contrast.positions, 'int32');

    it('tells its own image from others', () => {
      const times = (row: number[], image: number) => row.filter((each) => each === image).length;
      const drawn = contrast.negatives.map((row) => [...Array(7).keys()].map((n) => times(row, n)));
      const others = {
        bank: bank(),
        positions: positions(),
        drawn: tensor2d(drawn, [3, 7], 'float32'),
        negatives: 5,
        temperature: contrast.temperature,
        partition: scalar(contrast.partition),
      };
      const loss = (v: Tensor): Tensor => contrastiveLoss(v as Tensor2D, others);
      expect(distance(loss(embeddings()), [contrast.loss])).toBeLessThan(1e-5);
      expect(distance(grad(loss)(embeddings()), contrast.gradient)).toBeLessThan(1e-5);
    });

    it('moves the memory of the images that it sees', () => {
      const moved = movedBank(bank(), positions(), embeddings(), 0.5);
      expect(distance(moved, contrast.moved)).toBeLessThan(1e-6);
    });
  });
}
