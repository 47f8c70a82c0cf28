import { add, mul, type Scalar, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { numberIn } from '@mnet/core/check';
import { shapeOf } from '../check-tensors.ts';

/** What one step of every update rule takes beside its own. */
export interface UpdateOptions {
  /** η, from 0. */
  learningRate: number;
  /** What η is multiplied by, one for each variable, from 0; default 1 each. */
  rateFactors?: readonly number[];
  /** Coefficient λ, one for all variables or one for each, from 0; default 0. */
  weightDecay?: number | readonly number[];
  /** Multiplies all gradients before anything else is done with them, as clipping asks for; default 1. */
  gradientScale?: Scalar;
}

/** The shared options with one value for each variable. */
export interface ResolvedUpdate {
  readonly learningRate: number;
  readonly rates: readonly number[];
  readonly decays: readonly number[];
  readonly scale: Scalar | undefined;
}

/** Checks the shared options. */
export function resolveUpdate(options: UpdateOptions, variables: number): ResolvedUpdate {
  const { learningRate, rateFactors, weightDecay = 0, gradientScale: scale } = options;
  numberIn(learningRate, 0, Number.MAX_VALUE, 'learningRate');
  if (scale !== undefined) shapeOf(scale, [], 'gradientScale');
  return {
    learningRate,
    rates: oneEach(rateFactors ?? same(1, variables), variables, 'rateFactors'),
    decays: oneEach(
      typeof weightDecay === 'number' ? same(weightDecay, variables) : weightDecay,
      variables,
      'weightDecay',
      'a number or ',
    ),
    scale,
  };
}

function same(value: number, count: number): number[] {
  return Array<number>(count).fill(value);
}

function oneEach(
  values: readonly number[],
  count: number,
  argument: string,
  others = '',
): readonly number[] {
  if (values.length !== count) {
    throw new RangeError(
      `${argument}: got ${values.length} values, takes ${others}one for each of ${count} variables`,
    );
  }
  for (const value of values) numberIn(value, 0, Number.MAX_VALUE, argument);
  return values;
}

/** Throws unless there is one float32 tensor for each variable, of its shape. */
export function match(
  variables: readonly Variable[],
  others: readonly Tensor[],
  argument: string,
): void {
  if (others.length !== variables.length) {
    throw new RangeError(
      `${argument}: got ${others.length}, takes one for each of the ${variables.length} variables`,
    );
  }
  variables.forEach((variable, i) => {
    const other = others[i] as Tensor;
    if (variable.dtype !== 'float32') {
      throw new TypeError(
        `variables[${i}]: got ${variable.dtype} ${variable.name}, takes float32 variables`,
      );
    }
    if (other.dtype !== 'float32' || other.shape.join() !== variable.shape.join()) {
      throw new TypeError(
        `${argument}[${i}]: got ${other.dtype} [${other.shape.join(', ')}], takes float32 [${variable.shape.join(', ')}], the shape of ${variable.name}`,
      );
    }
  });
}

/** A gradient times the scale, where there is one. */
export function scaled(gradient: Tensor, scale: Scalar | undefined): Tensor {
  return scale ? mul(gradient, scale) : gradient;
}

/** A gradient with the L2 term λ·p. */
export function decayed(gradient: Tensor, variable: Variable, decay: number): Tensor {
  return decay > 0 ? add(gradient, mul(variable, decay)) : gradient;
}
