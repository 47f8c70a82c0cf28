import type { Tensor, TensorInfo, Variable } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import type { Commands } from '../generated/commands.ts';
import type { Kernel } from './kernel.ts';
import { withTable } from './table.ts';

/** What @mnet/ops gives to every update rule. */
interface Update {
  readonly variables: readonly Variable[];
  readonly gradients: readonly Tensor[];
  readonly learningRate: number;
  readonly rates: readonly number[];
  readonly decays: readonly number[];
  readonly scale: TensorInfo | undefined;
}

/**
 * Launches an update of all variables.
 *
 * @param states the lists of state variables, in the order of the kernel's row; empty where there is no such state
 * @param own what the rule's kernel takes beside what all do
 */
function launchUpdate<Rule extends 'sgd' | 'adam' | 'rmsprop'>(
  backend: MnetBackend,
  rule: Rule,
  update: Update,
  states: readonly (readonly Variable[])[],
  own: Omit<Commands[Rule], 'table' | 'rows' | 'scale' | 'rate'>,
): void {
  const { variables, gradients, rates, decays, scale, learningRate } = update;
  const rows = variables.map((variable, i) => ({
    variable,
    operand: gradients[i] as Tensor,
    states: states.map((list) => list[i]),
    decay: decays[i] as number,
    rateFactor: rates[i] as number,
  }));
  withTable(backend, rows, ({ chunks, ...table }) => {
    const shared = { ...table, scale: scale ? backend.address(scale) : 0, rate: learningRate };
    backend.device.launch(rule, chunks, { ...shared, ...own } as unknown as Commands[Rule]);
  });
}

const sgd: Kernel = ({ attrs, backend }) => {
  const update = attrs as unknown as Update & {
    velocities: readonly Variable[];
    momentum: number;
    nesterov: boolean;
  };
  const { velocities, momentum, nesterov } = update;
  launchUpdate(backend, 'sgd', update, [velocities], { momentum, nesterov });
  return [];
};

const adam: Kernel = ({ attrs, backend }) => {
  const update = attrs as unknown as Update &
    Record<'firstMoments' | 'secondMoments', readonly Variable[]> &
    Record<'beta1' | 'beta2' | 'epsilon' | 'correction1' | 'correction2', number> & {
      decoupled: boolean;
    };
  const { firstMoments, secondMoments, beta1, beta2, epsilon, decoupled } = update;
  launchUpdate(backend, 'adam', update, [firstMoments, secondMoments], {
    beta1,
    beta2,
    epsilon,
    correction1: 1 / update.correction1,
    correction2: 1 / Math.sqrt(update.correction2),
    decoupled,
  });
  return [];
};

const rmsprop: Kernel = ({ attrs, backend }) => {
  const update = attrs as unknown as Update &
    Record<'squares' | 'velocities' | 'means', readonly Variable[]> &
    Record<'alpha' | 'epsilon' | 'momentum', number>;
  const { squares, velocities, means, alpha, epsilon, momentum } = update;
  const states = [squares, velocities, means];
  launchUpdate(backend, 'rmsprop', update, states, { alpha, epsilon, momentum });
  return [];
};

const blend: Kernel = ({ attrs, backend }) => {
  const { variables, others, keep, take } = attrs as unknown as {
    variables: readonly Variable[];
    others: readonly Tensor[];
    keep: number;
    take: number;
  };
  const rows = variables.map((variable, i) => ({ variable, operand: others[i] as Tensor }));
  withTable(backend, rows, ({ chunks, ...table }) => {
    backend.device.launch('blend', chunks, { ...table, keep, take });
  });
  return [];
};

export const optimizerKernels: Record<string, Kernel> = {
  SgdStep: sgd,
  AdamStep: adam,
  RmspropStep: rmsprop,
  BlendStep: blend,
};
