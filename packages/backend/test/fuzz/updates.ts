import {
  accumulateStep,
  adamStep,
  clipScale,
  emaStep,
  rmspropStep,
  sgdStep,
  type UpdateOptions,
} from '@mnet/ops';
import {
  scalar,
  type Tensor,
  tensor,
  type Variable,
  variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { numbers } from '../compare.ts';
import type { FusedCase, FusedFuzz } from './fused-case.ts';
import { mostly, plain, seeds } from './support.ts';

/** Variables of any shape, now and then one of several chunks, and what every update takes. */
const parameters = fc.record({
  shapes: fc.array(
    mostly(
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
      fc.integer({ min: 16_380, max: 33_000 }).map((n) => [n]),
    ),
    { maxLength: 5 },
  ),
  seed: seeds,
  decay: fc.constantFrom(0, 0.1),
  rate: fc.constantFrom(0, 0.5, 1),
  scale: fc.constantFrom(undefined, 0.25),
  flag: fc.boolean(),
});

type Parameters = typeof parameters extends fc.Arbitrary<infer T> ? T : never;

const states = (variables: Variable[]): Variable[] => variables.map((v) => variable(zerosLike(v)));

const gradientsOf = (variables: readonly Variable[], seed: number): Tensor[] =>
  variables.map((v, i) => tensor(numbers(v.size, seed + 9 * i), v.shape));

/** Two updates; what they change. */
function twice(
  { shapes, seed, decay, rate, scale }: Parameters,
  slots: number,
  update: (
    variables: Variable[],
    gradients: Tensor[],
    states: Variable[][],
    options: UpdateOptions,
    step: number,
  ) => void,
): FusedCase {
  return {
    inputs: shapes.map((shape, i) => plain(shape, seed + i)),
    run: (...tensors) => {
      const variables = tensors.map((t) => variable(t));
      const lists = Array.from({ length: slots }, () => states(variables));
      for (let step = 1; step < 3; step++) {
        const options = {
          learningRate: 0.1,
          weightDecay: variables.map((_, i) => decay * i),
          rateFactors: variables.map((_, i) => (i % 2 ? 1 : rate)),
          ...(scale !== undefined && { gradientScale: scalar(scale) }),
        };
        update(variables, gradientsOf(variables, seed + step), lists, options, step);
      }
      return [...variables, ...lists.flat()];
    },
  };
}

const sgd: FusedFuzz = {
  kernels: ['SgdStep'],
  cases: fc.tuple(parameters, fc.constantFrom(0, 0.9)).map(([given, momentum]) =>
    twice(given, 1, (variables, gradients, [velocities], all) => {
      const own = { momentum, nesterov: given.flag && momentum > 0 };
      sgdStep(variables, gradients, velocities ?? [], { ...all, ...own });
    }),
  ),
  tolerance: 1e-5,
};

const adam: FusedFuzz = {
  kernels: ['AdamStep'],
  cases: parameters.map((given) =>
    twice(given, 2, (variables, gradients, [first = [], second = []], options, step) => {
      const own = { step, decoupled: given.flag, epsilon: 1e-3 };
      adamStep(variables, gradients, first, second, { ...options, ...own });
    }),
  ),
  tolerance: 1e-5,
};

const rmsprop: FusedFuzz = {
  kernels: ['RmspropStep'],
  cases: fc.tuple(parameters, fc.constantFrom(0, 0.9)).map(([given, momentum]) =>
    twice(given, 3, (variables, gradients, [squares = [], velocities = [], third = []], all) => {
      const means = given.flag ? third : [];
      const own = { alpha: 0.9, epsilon: 0.01, momentum };
      rmspropStep(variables, gradients, { squares, velocities, means }, { ...all, ...own });
    }),
  ),
  // A centered spread is the small difference of two sums.
  tolerance: 2e-4,
};

const blend: FusedFuzz = {
  kernels: ['BlendStep'],
  cases: fc.tuple(parameters, fc.constantFrom(0, 0.9, 1)).map(([given, decay]) =>
    twice(given, 1, (variables, gradients, [sums = []], _, step) => {
      emaStep(variables, gradients, decay);
      accumulateStep(sums, gradients, { steps: 3, first: step === 1 });
    }),
  ),
  // Each product is rounded as the reference rounds it.
  tolerance: 0,
};

const clipping: FusedFuzz = {
  kernels: ['ClipScale'],
  cases: fc.tuple(parameters, fc.constantFrom(1e-3, 1, 1e6)).map(([given, maxNorm]) => ({
    inputs: given.shapes.map((shape, i) => plain(shape, given.seed + i)),
    run: (...gradients) => {
      const { scale } = given;
      return [clipScale(gradients, { maxNorm, ...(scale && { scale: scalar(scale) }) })];
    },
  })),
  tolerance: 1e-5,
};

/** The steps of optimizers and averages. */
export const updates: Record<string, FusedFuzz> = { sgd, adam, rmsprop, blend, clipping };
