import type { ExperimentFlags, OwnDeclared } from '@mnet/cli';
import { choice, number, optional, options, type Resolved } from '@mnet/core/options';

const declared = options({
  /** What is trained, default `speed`. */
  network: optional(choice(['speed', 'mobilenet_v2']), 'speed'),
  /** A budget from the process's start to the test accuracy, which decides the epochs; default: the epochs are given. */
  minutes: optional(number({ above: 0 })),
  /** A test accuracy from 0 to 1 that is to be reached; default: none. */
  target: optional(number({ min: 0, max: 1 })),
  /** Of the speed network, default `gelu`. */
  activation: optional(choice(['relu', 'relu6', 'hardSwish', 'gelu'])),
  /**
   * As what the test images are looked at: as they are (`one`), also mirrored (`mirror`), or mirrored and shifted by a pixel to two sides
   * (`shift`, six views). Default `shift`.
   */
  views: optional(choice(['one', 'mirror', 'shift']), 'shift'),
});

/** Their values. */
export interface Own extends Resolved<typeof declared> {}

/** All that the experiment can be told. */
export type Flags = ExperimentFlags & Own;

/** The flags that only this experiment has. */
export const own: OwnDeclared<Own> = {
  declared,
  flags: {
    network: ['--network <name>', 'what is trained'],
    minutes: [
      '--minutes <m>',
      "train for as many epochs as fit into this time from the process's start",
      { conflicts: 'epochs' },
    ],
    target: ['--target <share>', 'say whether the test accuracy reaches this, such as 0.94'],
    activation: ['--activation <name>', 'of the speed network (default: gelu)'],
    views: ['--views <which>', 'look at the test images as they are, mirrored, and shifted too'],
  },
};
