import {
  grads,
  memory,
  mul,
  scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  type Tensor4D,
  type Variable,
  variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  accumulateStep,
  type Activation,
  adamStep,
  batchNormTrain,
  clipScale,
  countHits,
  distillationLoss,
  emaStep,
  lookaheadStep,
  globalAveragePool,
  rmspropStep,
  scaleChannels,
  sgdStep,
  softmaxCrossEntropy,
  weightedCrossEntropy,
  softmaxCrossEntropyWithHits,
  type UpdateOptions,
} from '@mnet/ops';
import { expectValues, golden, type Plain, toTensor, toVariable } from './support.ts';

/** Every fused operation against PyTorch's values and gradients, on one backend. */
export function goldenSuite(backend: string): void {
  beforeAll(async () => {
    await setBackend(backend);
  });

  describe(`batch normalization on ${backend}`, () => {
    for (const c of golden.batchNorm) {
      test(`${c.activation}${c.residual ? ' with a residual' : ''}`, () => {
        const activation = c.activation as Activation;
        const movingMean = toVariable(c.movingMean as Plain);
        const movingVariance = toVariable(c.movingVariance as Plain);
        const inputs = [c.x, c.gamma, c.beta, ...(c.residual ? [c.residual] : [])].map((p) =>
          toTensor(p as Plain),
        );
        let y: Tensor | undefined;
        const weighted = (...tensors: Tensor[]): Tensor => {
          const [x, gamma, beta, residual] = tensors as [
            Tensor4D,
            Tensor1D,
            Tensor1D,
            Tensor4D | undefined,
          ];
          const out = batchNormTrain(
            x,
            { gamma, beta },
            {
              epsilon: 1e-3,
              activation,
              ...(residual ? { residual } : {}),
              ...(y ? {} : { moving: { movingMean, movingVariance, momentum: 0.1 } }),
            },
          );
          y = out.clone();
          return sum(mul(out, toTensor(c.weight as Plain)));
        };
        const before = weighted(...inputs);
        expectValues(y as unknown as Tensor, c.y as Plain);
        expectValues(movingMean, c.newMean as Plain);
        expectValues(movingVariance, c.newVariance as Plain);
        before.dispose();
        const [dx, dgamma, dbeta, dresidual] = grads(weighted)(inputs);
        expectValues(dx as Tensor, c.dx as Plain, 3e-5);
        expectValues(dgamma as Tensor, c.dgamma as Plain, 3e-5);
        expectValues(dbeta as Tensor, c.dbeta as Plain, 3e-5);
        if (c.dresidual) expectValues(dresidual as Tensor, c.dresidual, 3e-5);
      });
    }
  });

  describe(`losses on ${backend}`, () => {
    for (const c of golden.crossEntropy) {
      test(`cross-entropy with smoothing ${c.labelSmoothing}`, () => {
        const labels = tensor1d(c.labels, 'int32');
        const f = (logits: Tensor): Tensor =>
          softmaxCrossEntropy(logits as Tensor2D, labels, { labelSmoothing: c.labelSmoothing });
        const logits = toTensor(c.logits);
        expectValues(f(logits), [c.loss], 2e-6);
        expectValues(grads(f)([logits])[0] as Tensor, c.gradient, 1e-6);
      });
    }
    for (const c of golden.weightedCrossEntropy) {
      test(`weighted cross-entropy with smoothing ${c.labelSmoothing}`, () => {
        const labels = tensor1d(c.labels, 'int32');
        const weights = tensor1d(c.weights);
        const { labelSmoothing } = c;
        const f = (logits: Tensor): Tensor =>
          weightedCrossEntropy(logits as Tensor2D, labels, weights, { labelSmoothing });
        const logits = toTensor(c.logits);
        expectValues(f(logits), [c.loss], 2e-6);
        expectValues(grads(f)([logits])[0] as Tensor, c.gradient, 2e-6);
      });
    }
    for (const c of golden.distillation) {
      test(`distillation at temperature ${c.temperature}`, () => {
        const teacher = toTensor(c.teacher) as Tensor2D;
        const f = (student: Tensor): Tensor =>
          distillationLoss(student as Tensor2D, teacher, { temperature: c.temperature });
        const student = toTensor(c.student);
        expectValues(f(student), [c.loss], 5e-6);
        expectValues(grads(f)([student])[0] as Tensor, c.gradient, 5e-6);
      });
    }
    test('a teacher that depends on what is trained gets no gradient', () => {
      const c = golden.distillation[0] as (typeof golden.distillation)[0];
      const f = (student: Tensor, teacher: Tensor): Tensor =>
        distillationLoss(student as Tensor2D, teacher as Tensor2D, { temperature: c.temperature });
      const [student, teacher] = grads(f)([toTensor(c.student), toTensor(c.teacher)]);
      expectValues(student as Tensor, c.gradient, 5e-6);
      expectValues(teacher as Tensor, Array<number>(c.teacher.values.length).fill(0), 0);
    });
    test('a class that is masked by −∞ takes no part', () => {
      const z = [1, 0.5, 0, 2];
      const [a, b, c, d] = z as [number, number, number, number];
      const whole = tensor2d([a, -Infinity, b, c, -Infinity, d], [2, 3]);
      const part = tensor2d(z, [2, 2]);
      const taught = tensor2d([2, -Infinity, 0, 1, -Infinity, 1], [2, 3]);
      const taughtPart = tensor2d([2, 0, 1, 1], [2, 2]);
      const [labels, labelsPart] = [tensor1d([0, 2], 'int32'), tensor1d([0, 1], 'int32')];
      const [weights, weightsPart] = [tensor1d([1, 5, 3]), tensor1d([1, 3])];
      const soft = { temperature: 2 };
      const pairs: [(x: Tensor) => Tensor, (x: Tensor) => Tensor][] = [
        [
          (x) => softmaxCrossEntropy(x as Tensor2D, labels),
          (x) => softmaxCrossEntropy(x as Tensor2D, labelsPart),
        ],
        [
          (x) => weightedCrossEntropy(x as Tensor2D, labels, weights),
          (x) => weightedCrossEntropy(x as Tensor2D, labelsPart, weightsPart),
        ],
        [
          (x) => distillationLoss(x as Tensor2D, taught, soft),
          (x) => distillationLoss(x as Tensor2D, taughtPart, soft),
        ],
      ];
      for (const [masked, plain] of pairs) {
        expectValues(masked(whole), [...plain(part).dataSync()], 2e-6);
        const [of, ofPart] = [grads(masked)([whole])[0], grads(plain)([part])[0]] as Tensor[];
        const [p, q, r, s] = [...(ofPart as Tensor).dataSync()] as [number, number, number, number];
        expectValues(of as Tensor, [p, 0, q, r, 0, s], 2e-6);
      }
    });
    test('a batch whose weights are all 0 has no loss, also with smoothing', () => {
      const [labels, weights] = [tensor1d([0, 0], 'int32'), tensor1d([0, 1])];
      const f = (x: Tensor): Tensor =>
        weightedCrossEntropy(x as Tensor2D, labels, weights, { labelSmoothing: 0.1 });
      const logits = tensor2d([1, 2, 3, 1], [2, 2]);
      expectValues(f(logits), [0], 0);
      expectValues(grads(f)([logits])[0] as Tensor, [0, 0, 0, 0], 0);
    });
    test('hits, with the loss and alone', () => {
      const logits = tensor2d([
        [1, 3, 3],
        [2, 2, 0],
        [0, 1, 5],
        [4, 1, 1],
        [0, 0, 0],
      ]);
      const labels = tensor1d([1, 1, 2, 0, 7], 'int32');
      const { loss, hits } = softmaxCrossEntropyWithHits(logits, labels);
      expectValues(hits, [3]);
      expectValues(countHits(logits, labels), [3]);
      expectValues(loss, [...softmaxCrossEntropy(logits, labels).dataSync()], 0);
      const f = (z: Tensor): Tensor => softmaxCrossEntropyWithHits(z as Tensor2D, labels).loss;
      const g = (z: Tensor): Tensor => softmaxCrossEntropy(z as Tensor2D, labels);
      const [one, other] = [f, g].map((each) => grads(each)([logits])[0] as Tensor);
      expectValues(one as Tensor, [...(other as Tensor).dataSync()], 0);
    });
    test('a gradient from above scales both', () => {
      const c = golden.crossEntropy[0] as (typeof golden.crossEntropy)[0];
      const labels = tensor1d(c.labels, 'int32');
      const f = (logits: Tensor): Tensor =>
        mul(softmaxCrossEntropy(logits as Tensor2D, labels), scalar(3));
      const [gradient] = grads(f)([toTensor(c.logits)]);
      expectValues(
        gradient as Tensor,
        c.gradient.values.map((v) => 3 * v),
        3e-6,
      );
    });
  });

  describe(`optimizers on ${backend}`, () => {
    for (const c of golden.optimizers) {
      test(`${c.optimizer} ${JSON.stringify(c.options)}`, () => {
        const parameters = c.start.map(toVariable);
        const fresh = (): Variable[] => parameters.map((p) => variable(zerosLike(p)));
        const [first, second, third] = [fresh(), fresh(), fresh()];
        const { lr: learningRate, weight_decay: weightDecay = 0 } = c.options;
        c.steps.forEach(({ gradients: list, parameters: want }, i) => {
          const gradients = list.map((g) => toTensor(g));
          const tensors = memory().numTensors;
          if (c.optimizer === 'sgd') {
            const { momentum = 0, nesterov = false } = c.options;
            const options = { learningRate, momentum, nesterov, weightDecay };
            sgdStep(parameters, gradients, momentum > 0 ? first : [], options);
          } else if (c.optimizer === 'rmsprop') {
            const { alpha = 0.99, eps: epsilon = 1e-8, momentum = 0, centered } = c.options;
            const means = centered ? third : [];
            const slots = { squares: first, velocities: momentum > 0 ? second : [], means };
            const options = { learningRate, weightDecay, alpha, epsilon, momentum };
            rmspropStep(parameters, gradients, slots, options);
          } else {
            const [beta1, beta2] = c.options.betas ?? [0.9, 0.999];
            adamStep(parameters, gradients, first, second, {
              step: i + 1,
              learningRate,
              weightDecay,
              beta1,
              beta2,
              epsilon: c.options.eps ?? 1e-8,
              decoupled: c.optimizer === 'adamw',
            });
          }
          expect(memory().numTensors).toBe(tensors);
          want.forEach((w, k) => expectValues(parameters[k] as Variable, w, 3e-6));
        });
      });
    }
    test.each(golden.clipping)('the norm of all gradients clipped to $maxNorm', (c) => {
      const gradients = c.gradients.map((g) => toTensor(g));
      const tensors = memory().numTensors;
      const scale = clipScale(gradients, { maxNorm: c.maxNorm });
      expect(memory().numTensors).toBe(tensors + 1);
      const zeros = gradients.map((g) => variable(zerosLike(g)));
      sgdStep(zeros, gradients, [], { learningRate: 1, gradientScale: scale });
      c.clipped.forEach(({ values }, i) => {
        const want = values.map((v) => -v);
        expectValues(zeros[i] as Variable, want, 2e-6 * Math.max(...values.map(Math.abs)));
      });
    });
    test('a scale that is there already counts in the norm, and a NaN stays one', () => {
      const gradients = [tensor1d([3, 0]), tensor1d([4])];
      expectValues(clipScale(gradients, { maxNorm: 10, scale: scalar(3) }), [2], 1e-6);
      expectValues(clipScale(gradients, { maxNorm: 100, scale: scalar(3) }), [3]);
      expectValues(clipScale([], { maxNorm: 1 }), [1]);
      const broken = clipScale([...gradients, tensor1d([Number.NaN])], { maxNorm: 1 });
      expect(broken.dataSync()[0]).toBeNaN();
    });
    test('an average over steps', () => {
      const [a, b] = [variable(tensor1d([1, 2, 3])), variable(tensor2d([[4, 8]]))];
      const tensors = memory().numTensors;
      emaStep([a, b], [tensor1d([3, 2, 1]), tensor2d([[0, 16]])], 0.75);
      expectValues(a, [1.5, 2, 2.5]);
      expectValues(b, [3, 10]);
      expect(memory().numTensors).toBe(tensors + 2);
    });
    test('slow weights, which the fast ones are set back to', () => {
      const [slow, fast] = [variable(tensor1d([1, 2, 3])), variable(tensor1d([3, 2, 1]))];
      const [first, last] = [variable(tensor2d([[4, 8]])), variable(tensor2d([[0, 16]]))];
      const tensors = memory().numTensors;
      lookaheadStep([slow, first], [fast, last], 0.75);
      for (const each of [slow, fast]) expectValues(each, [1.5, 2, 2.5]);
      for (const each of [first, last]) expectValues(each, [3, 10]);
      expect(memory().numTensors).toBe(tensors);
      fast.assign(tensor1d([5, 5, 5]));
      lookaheadStep([slow], [fast], 1);
      for (const each of [slow, fast]) expectValues(each, [1.5, 2, 2.5]);
      expect(() => lookaheadStep([slow], [last], 0.5)).toThrow('fast');
      expect(() => lookaheadStep([slow], [fast], 1.5)).toThrow('decay: got 1.5');
    });
    test('sums of gradients begin anew with the first, whatever was there', () => {
      const total = variable(tensor1d([Number.NaN, 7]));
      accumulateStep([total], [tensor1d([2, 4])], { steps: 2, first: true });
      expectValues(total, [1, 2]);
      accumulateStep([total], [tensor1d([6, 0])], { steps: 2, first: false });
      expectValues(total, [4, 2]);
    });
    test('a factor of the rate for each variable', () => {
      const steps = {
        sgd: (p: Variable[], g: Tensor[], options: UpdateOptions) => sgdStep(p, g, [], options),
        adam: (p: Variable[], g: Tensor[], options: UpdateOptions) =>
          adamStep(p, g, fresh(p), fresh(p), { step: 1, decoupled: true, ...options }),
        rmsprop: (p: Variable[], g: Tensor[], options: UpdateOptions) =>
          rmspropStep(p, g, { squares: fresh(p), velocities: [], means: [] }, options),
      };
      const fresh = (list: Variable[]): Variable[] => list.map((p) => variable(zerosLike(p)));
      for (const step of Object.values(steps)) {
        const [whole, tenth, still] = [4, 4, 4].map((x) => variable(tensor1d([x, -x])));
        const gradients = [1, 1, 1].map((x) => tensor1d([x, 3 * x]));
        const variables = [whole, tenth, still] as Variable[];
        const options = { learningRate: 0.1, rateFactors: [1, 0.1, 0], weightDecay: 0.5 };
        step(variables, gradients, options);
        const moved = (p: Variable | undefined): number[] =>
          [...(p as Variable).dataSync()].map((x, i) => x - (i === 0 ? 4 : -4));
        moved(tenth).forEach((x, i) => expect(x * 10).toBeCloseTo(moved(whole)[i] as number, 5));
        expect(moved(whole)[0]).toBeLessThan(-0.05);
        expect(moved(still)).toEqual([0, 0]);
      }
    });
    test('a step leaves snapshots of the weights alone', () => {
      const p = variable(tensor1d([1, 2, 3]));
      const snapshot = p.clone();
      sgdStep([p], [tensor1d([1, 1, 1])], [], { learningRate: 0.5 });
      expectValues(snapshot, [1, 2, 3]);
      expectValues(p, [0.5, 1.5, 2.5]);
    });
    test('one weight decay for each variable', () => {
      const [p, q] = [variable(tensor1d([1])), variable(tensor1d([1]))];
      const zero = tensor1d([0]);
      sgdStep([p, q], [zero, zero], [], { learningRate: 1, weightDecay: [0.5, 0] });
      expectValues(p, [0.5]);
      expectValues(q, [1]);
    });
  });

  describe(`channels on ${backend}`, () => {
    const x: Plain = {
      shape: [2, 3, 2, 5],
      values: Array.from({ length: 60 }, (_, i) => ((i * 37) % 17) / 4 - 2),
    };
    const s: Plain = {
      shape: [2, 5],
      values: Array.from({ length: 10 }, (_, i) => ((i * 7) % 5) / 2 - 1),
    };
    test('global average pooling and its gradient', () => {
      const f = (t: Tensor): Tensor => globalAveragePool(t as Tensor4D);
      const want = Array.from({ length: 10 }, (_, i) => {
        const [n, c] = [Math.floor(i / 5), i % 5];
        let total = 0;
        for (let p = 0; p < 6; p++) total += x.values[(n * 6 + p) * 5 + c] as number;
        return total / 6;
      });
      expectValues(f(toTensor(x)), want);
      const [dx] = grads((t: Tensor) => sum(mul(f(t), toTensor(s))))([toTensor(x)]);
      const spread = x.values.map(
        (_, i) => (s.values[Math.floor(i / 30) * 5 + (i % 5)] as number) / 6,
      );
      expectValues(dx as Tensor, spread);
    });
    test('channel scaling and its gradients', () => {
      const f = (a: Tensor, b: Tensor): Tensor => scaleChannels(a as Tensor4D, b as Tensor2D);
      const scale = (i: number): number => s.values[Math.floor(i / 30) * 5 + (i % 5)] as number;
      expectValues(
        f(toTensor(x), toTensor(s)),
        x.values.map((v, i) => v * scale(i)),
      );
      const weight = x.values.map((_, i) => Math.sin(i));
      const [dx, ds] = grads((a: Tensor, b: Tensor) =>
        sum(mul(f(a, b), toTensor({ ...x, values: weight }))),
      )([toTensor(x), toTensor(s)]);
      expectValues(
        dx as Tensor,
        weight.map((w, i) => w * scale(i)),
      );
      const wantS = Array<number>(10).fill(0);
      x.values.forEach((v, i) => {
        wantS[Math.floor(i / 30) * 5 + (i % 5)]! += v * (weight[i] as number);
      });
      expectValues(ds as Tensor, wantS);
    });
  });
}
