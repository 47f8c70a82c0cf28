import { choice, optional, options, type Resolved } from '@mnet/core/options';
import {
  accumulate,
  accumulateOptions,
  adam,
  adamOptions,
  adamW,
  chain,
  clipByGlobalNorm,
  maxNorm,
  type Optimizer,
  rmsprop,
  sgd,
  type SgdOptions,
  sgdOptions,
} from '@mnet/train';
import type { FlagTable } from './flag.ts';

const { fields: ofSgd } = sgdOptions;

/** What the rules take besides what all share. */
interface OfSome {
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** What all rules take. */
type Shared = Pick<SgdOptions, 'learningRate' | 'weightDecay' | 'decay'>;

/** The update rules, by name. */
const rules = {
  sgd: (shared: Shared, { momentum, nesterov }: OfSome) =>
    sgd({ ...shared, momentum, nesterov: nesterov && momentum > 0 }),
  adam: (shared: Shared) => adam(shared),
  adamw: (shared: Shared) => adamW(shared),
  rmsprop: (shared: Shared, { momentum }: OfSome) => rmsprop({ ...shared, momentum }),
};

/** The options of the flags that choose an optimizer. */
export const optimizerOptions = options({
  /** The update rule, default `adam`. */
  optimizer: optional(choice(Object.keys(rules) as (keyof typeof rules)[]), 'adam'),
  /** The learning rate, at its peak; the optimizer's where it is left out. */
  lr: optional(adamOptions.fields.learningRate.takes),
  /** Momentum of `sgd` and `rmsprop`, default 0.9. */
  momentum: optional(ofSgd.momentum.takes),
  /** Whether `sgd` looks ahead, as Nesterov's does; default true. */
  nesterov: optional(ofSgd.nesterov.takes, true),
  /** Weight decay; the optimizer's where it is left out. */
  weightDecay: optional(ofSgd.weightDecay.takes),
  /** What it applies to: `kernels` leaves out biases and BatchNorm. Default `all`. */
  decay: optional(choice(['all', 'kernels']), 'all'),
  /** The most that the norm of all gradients may be; default: not clipped. */
  clipNorm: optional(maxNorm),
  /** Steps whose gradients make one update; default 1. */
  accumulate: optional(accumulateOptions.fields.steps.takes, 1),
});

/** The update rule and how it is used. */
export interface OptimizerFlags extends Resolved<typeof optimizerOptions> {}

/** The flags of {@link OptimizerFlags}. */
export const optimizerFlags: FlagTable<(typeof optimizerOptions)['fields']> = {
  optimizer: ['--optimizer <name>', 'update rule'],
  lr: [
    '--lr <rate>',
    "learning rate, at its peak (default: the optimizer's, 0.001; 0.01 of sgd and rmsprop)",
  ],
  momentum: ['--momentum <factor>', 'momentum of sgd and rmsprop (default: 0.9)'],
  nesterov: ['--no-nesterov', "leave out Nesterov's look-ahead of sgd"],
  weightDecay: [
    '--weight-decay <factor>',
    "weight decay (default: the optimizer's, 0; 0.01 of adamw)",
  ],
  decay: ['--decay <what>', 'what it applies to; kernels leaves out biases and BatchNorm'],
  clipNorm: ['--clip-norm <norm>', 'scale the gradients down where their norm is larger'],
  accumulate: ['--accumulate <steps>', 'update once in so many steps, with their mean gradient'],
};

/** The optimizer that the flags ask for. */
export function optimizerOf(flags: OptimizerFlags): Optimizer {
  const { clipNorm, accumulate: steps } = flags;
  const rule = ruleOf(flags);
  const clipped = clipNorm === undefined ? rule : chain(clipByGlobalNorm(clipNorm), rule);
  return steps === 1 ? clipped : accumulate(clipped, { steps });
}

/** The rules that take `--momentum`. */
const withMomentum: readonly OptimizerFlags['optimizer'][] = ['sgd', 'rmsprop'];

/** Why a momentum has no effect with the other flags; undefined where none is given, or it has. */
export function unusedMomentum({ optimizer, momentum }: OptimizerFlags): string | undefined {
  if (momentum === undefined || withMomentum.includes(optimizer)) return undefined;
  return `got it with --optimizer ${optimizer}, takes it with ${withMomentum.join(' or ')}`;
}

function ruleOf(flags: OptimizerFlags): Optimizer {
  const { optimizer, lr, momentum = 0.9, nesterov, weightDecay, decay } = flags;
  const idle = unusedMomentum(flags);
  if (idle !== undefined) throw new Error(`--momentum: ${idle}`);
  const shared = {
    decay,
    ...(lr !== undefined && { learningRate: lr }),
    ...(weightDecay !== undefined && { weightDecay }),
  };
  return rules[optimizer](shared, { momentum, nesterov });
}
