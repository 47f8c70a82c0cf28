import { deriveSeed, uniformValues } from '@mnet/core/random';
import {
  add,
  matMul,
  relu,
  type Tensor,
  tensor,
  type Tensor2D,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { embedding } from '../losses/embedding.ts';
import type { Classifier } from './self-loss.ts';

/** The variables of a classifier on an inner layer. */
export type AuxiliaryHead = {
  /** [width of the layer, width of the deepest features]. */
  readonly weight: Variable;
  readonly bias: Variable;
  /** [width of the deepest features, classes]. */
  readonly classifierWeight: Variable;
  readonly classifierBias: Variable;
};

/** A head of uniform random weights of variance 2 / inputs before the ReLU and 1 / inputs after it. */
export function newHead(
  width: number,
  hidden: number,
  classes: number,
  seed: number,
): AuxiliaryHead {
  const random = (from: number, to: number, gain: number, name: string): Variable => {
    const values = uniformValues(from * to, Math.sqrt((3 * gain) / from), deriveSeed(seed, name));
    return variable(tensor(values, [from, to]));
  };
  return {
    weight: random(width, hidden, 2, 'weight'),
    bias: variable(zeros([hidden])),
    classifierWeight: random(hidden, classes, 1, 'classifier'),
    classifierBias: variable(zeros([classes])),
  };
}

/**
 * The classifier on a layer's output: features relu(x̄ · W + b), where x̄ is the output's mean over its pixels, and logits that
 * are linear in them. The paper's bottlenecks are convolutions.
 *
 * @param output [batch, height, width, channels] or [batch, width]
 */
export function applyHead(head: AuxiliaryHead, output: Tensor): Classifier {
  const linear = (x: Tensor2D, weight: Variable, bias: Variable): Tensor2D =>
    add(matMul(x, weight as unknown as Tensor2D), bias);
  const features = relu(linear(embedding(output), head.weight, head.bias));
  return { features, logits: linear(features, head.classifierWeight, head.classifierBias) };
}
