import { backendNames, type Measurement } from '@mnet/cli';
import {
  boolean,
  choice,
  integer,
  list,
  optional,
  options,
  required,
  type Resolved,
  text,
} from '@mnet/core/options';

const declared = options({
  /** The folder of the pictures. */
  pictures: required(text('a folder of pictures')),
  /** Saved models, or folders of runs, beside those that are found; default none. */
  models: optional(list(text('a path'), 'paths of saved models'), []),
  /** Whether the model that is in this folder is asked too, default true. */
  ownModel: optional(boolean(), true),
  /** How many of the classes are told a picture and model, default 1. */
  top: optional(integer({ min: 1 }), 1),
  /** The TensorFlow.js backend, default `mnet`. */
  backend: optional(choice(backendNames), 'mnet'),
  /** Threads that compute; the backend decides where it is left out. */
  threads: optional(integer({ min: 1, max: 64 })),
});

/** What can be said on the command line. */
export interface ClassifyFlags extends Resolved<typeof declared> {}

/** The flags of the experiment. */
export const own: Measurement<ClassifyFlags>['own'] = {
  declared,
  flags: {
    pictures: ['--pictures <folder>', 'JPEG, PNG and WebP pictures of any size', { path: true }],
    models: ['--models <list>', 'models beside those that are found in --runs', { path: true }],
    ownModel: ['--no-own-model', 'leave out the model that is in this folder'],
    top: ['--top <n>', 'how many of the classes'],
    backend: ['--backend <name>', 'TensorFlow.js backend'],
    threads: ['--threads <n>', 'threads that compute (default: the backend decides)'],
  },
};
