import {
  integer,
  type Given,
  nested,
  list,
  optional,
  options,
  required,
  type Resolved,
} from '@mnet/core/options';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { refuseIdle, takesVariable, variableFilter } from './optimizers/groups.ts';
import type { BoundOptimizer } from './optimizers/optimizer.ts';

const freezeOptions = options({
  /** Which variables. */
  filter: required(variableFilter),
  /** Epochs in which they are trained before; default 0, none. */
  after: optional(integer({ min: 0 }), 0),
});

/** Variables that are left as they are from an epoch on; look-ahead sets them back with all others. */
export interface FreezeOptions extends Given<typeof freezeOptions> {}

/** What {@link train} takes as `freeze`. */
export const freezeList = list(nested(freezeOptions), 'an array of { filter, after? }');

/** The variables of one epoch, and what updates them. */
export interface Trained {
  readonly variables: readonly Variable[];
  readonly optimizer: Pick<BoundOptimizer, 'step'>;
}

/**
 * The variables of a training that are not frozen in an epoch: for the others no gradient is computed, and the optimizer is
 * given none.
 *
 * @param variables those that the optimizer is bound to, in its order
 * @param epoch from 0
 */
export function trainedIn(
  epoch: number,
  variables: readonly Variable[],
  optimizer: BoundOptimizer,
  freeze: readonly Resolved<typeof freezeOptions>[],
): Trained {
  const frozen = new Set(frozenIn(epoch, variables, freeze));
  if (frozen.size === 0) return { variables, optimizer };
  const trained = variables.filter((v) => !frozen.has(v));
  const places = new Map(trained.map((v, i) => [v, i]));
  const step = (gradients: readonly (Tensor | null)[], rate: number): void => {
    optimizer.forget?.(variables.flatMap((v, i) => (frozen.has(v) ? [i] : [])));
    const all = variables.map((v) => gradients[places.get(v) ?? -1] ?? null);
    optimizer.step(all, rate);
  };
  return { variables: trained, optimizer: { step } };
}

/** After how many epochs each variable is frozen; null: never. */
export function frozenAfter(
  variables: readonly Variable[],
  freeze: readonly Resolved<typeof freezeOptions>[],
): (number | null)[] {
  return variables.map((variable) => {
    const taken = freeze.filter(({ filter }) => takesVariable(filter, variable));
    return taken.length === 0 ? null : Math.min(...taken.map(({ after }) => after));
  });
}

/**
 * The variables that are frozen in an epoch.
 *
 * @param epoch from 0
 */
function frozenIn(
  epoch: number,
  variables: readonly Variable[],
  freeze: readonly Resolved<typeof freezeOptions>[],
): Variable[] {
  const after = frozenAfter(variables, freeze);
  return variables.filter((_, i) => epoch >= (after[i] ?? Number.POSITIVE_INFINITY));
}

/** @throws where a filter takes no variable, as with a name that is misspelt, or none is left to train from the start. */
export function checkFreeze(
  variables: readonly Variable[],
  freeze: readonly Resolved<typeof freezeOptions>[],
): void {
  freeze.forEach(({ filter }, i) => refuseIdle(filter, variables, `freeze[${i}].filter`));
  if (freeze.length > 0 && frozenIn(0, variables, freeze).length === variables.length) {
    throw new Error(
      `freeze: got filters that take all ${variables.length} variables from the start, takes some that leave one to train`,
    );
  }
}
