import {
  type Given,
  list,
  nested,
  number,
  optional,
  options,
  required,
  type Resolved,
  type Takes,
  unfit,
} from '@mnet/core/options';
import type { Variable } from '@tensorflow/tfjs-core';
import type { JsonObject, JsonValue } from '../json.ts';

/**
 * Chooses variables:
 * - `all`: every trainable variable
 * - `kernels`: those of rank 2 and more, so neither biases nor BatchNorm's γ and β
 * - a regular expression that a name must match, such as `/^head/`
 * - a function of the variable's name and shape
 */
export type VariableFilter =
  | 'all'
  | 'kernels'
  | RegExp
  | ((variable: { readonly name: string; readonly shape: readonly number[] }) => boolean);

const filterWords = "'all', 'kernels', a regular expression or ({ name, shape }) => boolean";
/** What every option that chooses variables takes. */
export const variableFilter: Takes<VariableFilter> = {
  text: filterWords,
  check(value, argument) {
    const named = value === 'all' || value === 'kernels';
    if (named || value instanceof RegExp || typeof value === 'function') {
      return value as VariableFilter;
    }
    throw unfit(value, filterWords, argument);
  },
};

const groupOptions = options({
  /** Which variables are in the group; of several groups, a variable is in the first that takes it. */
  filter: required(variableFilter),
  /** What the learning rate is multiplied by, from 0; default 1. */
  rateFactor: optional(number({ min: 0 }), 1),
  /** λ of these variables; default the optimizer's own. */
  weightDecay: optional(number({ min: 0 })),
});

/** Variables that have a learning rate, a weight decay or both of their own. */
export interface ParameterGroup extends Given<typeof groupOptions> {}

/** The options that all update rules share, but for the defaults that differ. */
export const sharedFields = {
  /** Which variables the weight decay applies to; default `all`, as in PyTorch. */
  decay: optional(variableFilter, 'all'),
  /** Variables with a learning rate or a weight decay of their own; default none. */
  groups: optional(
    list(nested(groupOptions), 'an array of { filter, rateFactor?, weightDecay? }'),
    [],
  ),
} as const;

/** What {@link coefficientsOf} is decided by. */
interface Shared {
  readonly weightDecay: number;
  readonly decay: VariableFilter;
  readonly groups: readonly Resolved<typeof groupOptions>[];
}

/** One number for each variable. */
export interface Coefficients {
  /** Of the learning rate. */
  readonly rateFactors: readonly number[];
  /** Of the weight decay, λ. */
  readonly decays: readonly number[];
}

/** @throws if a group or the weight decay has no variable, as of a name that is misspelt. */
export function coefficientsOf(variables: readonly Variable[], shared: Shared): Coefficients {
  const { weightDecay, decay, groups } = shared;
  groups.forEach(({ filter }, i) => refuseIdle(filter, variables, `groups[${i}].filter`));
  // A model may have no kernels, a function may choose none, and beside the decays of groups there may be nothing left to decay.
  const own = groups.some((group) => group.weightDecay !== undefined);
  if (weightDecay > 0 && decay instanceof RegExp && !own) {
    refuseIdle(
      decay,
      variables,
      'decay',
      '; takes an expression that matches some, or weightDecay: 0',
    );
  }
  const each = variables.map((variable) => {
    const group = groups.find((candidate) => takesVariable(candidate.filter, variable));
    const rest = takesVariable(decay, variable) ? weightDecay : 0;
    return { rate: group?.rateFactor ?? 1, decay: group?.weightDecay ?? rest };
  });
  return { rateFactors: each.map(({ rate }) => rate), decays: each.map((one) => one.decay) };
}

/**
 * @param advice what else may be written, at the end of the error
 * @throws where a filter takes none of the variables, as with a name that is misspelt.
 */
export function refuseIdle(
  filter: VariableFilter,
  variables: readonly Variable[],
  argument: string,
  advice = '',
): void {
  if (variables.some((variable) => takesVariable(filter, variable))) return;
  const names = variables.slice(0, 5).map(({ name }) => `'${name}'`);
  throw new Error(
    `${argument}: takes none of the ${variables.length} variables, which are ${names.join(', ')}${variables.length > 5 ? ', …' : ''}${advice}`,
  );
}

/** Whether a filter takes a variable. */
export function takesVariable(chosen: VariableFilter, { name, shape, rank }: Variable): boolean {
  if (chosen === 'all') return true;
  if (chosen === 'kernels') return rank > 1;
  // A global or sticky expression would go on from its last match.
  return chosen instanceof RegExp ? name.search(chosen) >= 0 : chosen({ name, shape });
}

/** The shared options as a run writes them down. */
export function sharedConfig({ decay, groups }: Omit<Shared, 'weightDecay'>): JsonObject {
  if (groups.length === 0) return { decay: filterConfig(decay) };
  const written = groups.map(({ filter: chosen, rateFactor, weightDecay }) => ({
    filter: filterConfig(chosen),
    rateFactor,
    ...(weightDecay !== undefined && { weightDecay }),
  }));
  return { decay: filterConfig(decay), groups: written };
}

/** A filter as a run writes it down. */
export function filterConfig(chosen: VariableFilter): JsonValue {
  if (chosen instanceof RegExp) return String(chosen);
  return typeof chosen === 'function' ? 'custom' : chosen;
}
