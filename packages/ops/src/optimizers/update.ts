import { add, mul, type Scalar, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { knownOptions, numberIn, show } from '@mnet/core/check';
import { fits, shapeOf, shown } from '../check-tensors.ts';

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

/** Throws unless `options` holds nothing but what every rule takes and what this one does. */
export function knownUpdate(options: unknown, own: readonly string[], argument: string): void {
  const shared = ['learningRate', 'rateFactors', 'weightDecay', 'gradientScale'];
  knownOptions(options, [...shared, ...own], argument);
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
  if (!Array.isArray(values) || values.length !== count) {
    const got = Array.isArray(values) ? `${values.length} values` : show(values);
    throw new RangeError(
      `${argument}: got ${got}, takes ${others}one for each of ${count} variables`,
    );
  }
  for (const value of values) numberIn(value, 0, Number.MAX_VALUE, argument);
  return values;
}

/** Throws unless there is one float32 tensor for each variable, of its shape. */
export function match(
  variables: readonly (Variable | null | undefined)[],
  others: unknown,
  argument: string,
): void {
  if (!Array.isArray(variables)) {
    throw new TypeError(`variables: got ${show(variables)}, takes an array of float32 variables`);
  }
  if (!Array.isArray(others) || others.length !== variables.length) {
    const got = Array.isArray(others) ? others.length : show(others);
    throw new RangeError(
      `${argument}: got ${got}, takes one for each of the ${variables.length} variables`,
    );
  }
  variables.forEach((variable, i) => {
    if (variable?.dtype !== 'float32') {
      const got = variable ? `${variable.dtype} ${variable.name}` : show(variable);
      throw new TypeError(`variables[${i}]: got ${got}, takes float32 variables`);
    }
    const { shape, name } = variable;
    if (!fits(others[i], shape)) {
      throw new TypeError(
        `${argument}[${i}]: got ${shown(others[i])}, takes float32 [${shape.join(', ')}], the shape of ${name}`,
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
