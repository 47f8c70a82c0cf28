import type { Tensor, TensorInfo, Variable } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import type { Word } from '../runtime/runtime.ts';
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
 * @param words the command's own
 */
function launchUpdate(
  backend: MnetBackend,
  op: 'sgd' | 'adam' | 'rmsprop',
  update: Update,
  states: readonly (readonly Variable[])[],
  words: readonly Word[],
): void {
  const { variables, gradients, rates, decays, scale, learningRate } = update;
  const rows = variables.map((variable, i) => ({
    variable,
    operand: gradients[i] as Tensor,
    states: states.map((list) => list[i]),
    decay: decays[i] as number,
    rateFactor: rates[i] as number,
  }));
  withTable(backend, rows, (table) => {
    const shared = [scale ? backend.address(scale) : 0, { float: learningRate }];
    backend.runtime.launch(op, table.chunks, [...table.words, ...shared, ...words]);
  });
}

const sgd: Kernel = ({ attrs, backend }) => {
  const update = attrs as unknown as Update & {
    velocities: readonly Variable[];
    momentum: number;
    nesterov: boolean;
  };
  const words = [{ float: update.momentum }, update.nesterov ? 1 : 0];
  launchUpdate(backend, 'sgd', update, [update.velocities], words);
  return [];
};

const adam: Kernel = ({ attrs, backend }) => {
  const update = attrs as unknown as Update &
    Record<'firstMoments' | 'secondMoments', readonly Variable[]> &
    Record<'beta1' | 'beta2' | 'epsilon' | 'correction1' | 'correction2', number> & {
      decoupled: boolean;
    };
  const words = [
    { float: update.beta1 },
    { float: update.beta2 },
    { float: update.epsilon },
    { float: 1 / update.correction1 },
    { float: 1 / Math.sqrt(update.correction2) },
    update.decoupled ? 1 : 0,
  ];
  launchUpdate(backend, 'adam', update, [update.firstMoments, update.secondMoments], words);
  return [];
};

const rmsprop: Kernel = ({ attrs, backend }) => {
  const update = attrs as unknown as Update &
    Record<'squares' | 'velocities' | 'means', readonly Variable[]> &
    Record<'alpha' | 'epsilon' | 'momentum', number>;
  const { squares, velocities, means, alpha, epsilon, momentum } = update;
  const words = [{ float: alpha }, { float: epsilon }, { float: momentum }];
  launchUpdate(backend, 'rmsprop', update, [squares, velocities, means], words);
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
  withTable(backend, rows, ({ words, chunks }) => {
    backend.runtime.launch('blend', chunks, [...words, { float: keep }, { float: take }]);
  });
  return [];
};

export const optimizerKernels: Record<string, Kernel> = {
  SgdStep: sgd,
  AdamStep: adam,
  RmspropStep: rmsprop,
  BlendStep: blend,
};
