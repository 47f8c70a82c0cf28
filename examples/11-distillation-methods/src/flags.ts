import {
  type ExperimentFlags,
  type OwnDeclared,
  type TaughtFlags,
  taughtOptions,
  taughtTable,
} from '@mnet/cli';
import {
  boolean,
  choice,
  list,
  number,
  optional,
  options,
  type Resolved,
  text,
} from '@mnet/core/options';
import { bornAgainOptions } from '@mnet/distill';
import { methodNames } from './methods.ts';

const declared = options({
  ...taughtOptions.fields,
  /** Which methods, beside the student alone; default: all. */
  methods: optional(
    list(choice(methodNames), `one or more of ${methodNames.join(', ')}, such as kd,dkd`),
    methodNames,
  ),
  /** Trials: what a method adds to the labels' loss, times each of these; default 1. */
  factors: optional(list(number({ above: 0 }), 'numbers above 0, each once, such as 0.3,1,3'), [1]),
  /** Further trainings of these methods, each as a trial of one factor is named: `kd-x3`; default none. */
  also: optional(
    list(text('a method and a factor'), 'methods with a factor, such as kd-x3,dkd-x0.3'),
    [],
  ),
  /** Generations of `born-again`, default 1: as many epochs as any other method. */
  generations: optional(bornAgainOptions.fields.generations.takes, 1),
  /** Whether the teacher is asked about each batch once, for all methods that need its logits alone; default false. */
  rememberTeacher: optional(boolean(), false),
});

/** Their values. */
export interface Own extends TaughtFlags, Resolved<typeof declared> {}

/** All that the experiment can be told. */
export type Flags = ExperimentFlags & Own;

/** The flags that only this experiment has. */
export const own: OwnDeclared<Own> = {
  declared,
  flags: {
    ...taughtTable,
    methods: ['--methods <list>', 'which methods', { suggestions: methodNames }],
    factors: [
      '--factors <list>',
      'trials: train each method with what it adds times each of these (default: 1)',
    ],
    also: [
      '--also <list>',
      'of the methods, also these with what they add times a factor, such as kd-x3,dkd-x0.3',
    ],
    generations: ['--generations <n>', 'students of born-again, each taught by the one before'],
    rememberTeacher: [
      '--remember-teacher',
      "keep the teacher's logits in memory for the methods that follow: the same bits sooner, but an epoch's seconds are then no measure of a method",
    ],
  },
  choosing: ['methods', 'factors', 'also', 'rememberTeacher'],
};
