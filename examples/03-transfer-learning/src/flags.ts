import {
  datasetNames,
  type ExperimentFlags,
  makingKeys,
  type OwnDeclared,
  userPath,
} from '@mnet/cli';
import {
  choice,
  integer,
  number,
  optional,
  options,
  type Resolved,
  text,
} from '@mnet/core/options';

const epochs = integer({ min: 1 });
const rate = number({ above: 0 });

const declared = options({
  /** The folder of a run whose network is taken; one is trained first where it is left out. */
  from: optional(text('the folder of a run')),
  /** What that one is trained on; default `cifar10`, beside a drawn `dataset` that one. */
  source: optional(choice(datasetNames)),
  /** For how many epochs; default: `epochs`. */
  sourceEpochs: optional(epochs),
  /** Epochs in which the new head learns alone; default: a third of `epochs`. */
  headEpochs: optional(epochs),
  /** The highest rate of the head alone, default 0.1. */
  headLr: optional(rate, 0.1),
  /** The highest rate once all layers learn, default 0.1: half of `lr`; a tenth of it learns too little, see the README. */
  unfrozenLr: optional(rate, 0.1),
});

/** Their values. */
export interface Own extends Resolved<typeof declared> {}

/** All that the experiment can be told. */
export type Flags = ExperimentFlags & Own;

/** The flags that only this experiment has. */
export const own: OwnDeclared<Own> = {
  declared,
  flags: {
    from: [
      '--from <folder>',
      'take the network of this run, such as runs/01-mobilenet-v1, instead of training one first',
      {
        conflicts: [...makingKeys, 'widths', 'source', 'sourceEpochs'],
        kept: userPath,
        path: true,
      },
    ],
    source: [
      '--source <name>',
      'data set that the network is trained on first (default: cifar10; shapes10 beside shapes10)',
    ],
    sourceEpochs: ['--source-epochs <n>', 'passes over that one (default: --epochs)'],
    headEpochs: [
      '--head-epochs <n>',
      'passes in which the new head learns alone (default: a third of --epochs)',
    ],
    headLr: ['--head-lr <rate>', 'learning rate of the head alone, at its peak'],
    unfrozenLr: ['--unfrozen-lr <rate>', 'learning rate of all layers after it, at its peak'],
  },
};
