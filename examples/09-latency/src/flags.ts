import { backendNames, type Measurement, stridesText } from '@mnet/cli';
import { latencyOptions } from '@mnet/bench';
import { choice, integer, list, optional, options, type Resolved } from '@mnet/core/options';
import { architectureOptions, buildOptions, listModels, namedStrides } from '@mnet/models';

const { fields: ofLatency } = latencyOptions;
const many = integer({ min: 1 });

const declared = options({
  /** The networks, default all of the registry. */
  networks: optional(list(choice(listModels()), `some of ${listModels().join(', ')}`), [
    ...listModels(),
  ]),
  /** Width multipliers, default 0.25, 0.5 and 1. */
  widths: optional(
    list(architectureOptions.fields.width.takes, 'width multipliers, such as 0.25,0.5,1'),
    [0.25, 0.5, 1],
  ),
  /** TensorFlow.js backends, default all; those that are not installed are named, and left out. */
  backends: optional(list(choice(backendNames), `some of ${backendNames.join(', ')}`), [
    ...backendNames,
  ]),
  /** Threads of the backends that can have several; each decides where it is left out. */
  threads: optional(integer({ min: 1, max: 64 })),
  /** Images a run, default 1. */
  batch: ofLatency.batch,
  /** Timed runs, default 300. */
  repetitions: optional(many, 300),
  /** Timed runs on the backend `cpu`; default as many as on the others. */
  cpuRepetitions: optional(many),
  /** Runs before them that do not count, default 10. */
  warmup: ofLatency.warmup,
  /** Height and width of the pictures, default 32. */
  size: optional(integer({ min: 1, max: 4096 }), 32),
  /** Classes of the classifiers, default 10. */
  classes: buildOptions.fields.classes,
  /** Strides of the networks, default `paper`. */
  strides: optional(architectureOptions.fields.strides.takes, 'paper'),
  /** Whether networks are measured as one would ship them, default true. */
  deploy: ofLatency.deploy,
});

/** What can be said on the command line. */
export interface LatencyFlags extends Resolved<typeof declared> {}

/** The flags of the experiment. */
export const own: Measurement<LatencyFlags>['own'] = {
  declared,
  flags: {
    networks: ['--networks <list>', 'which networks (default: all)'],
    widths: ['--widths <list>', 'width multipliers'],
    backends: ['--backends <list>', 'TensorFlow.js backends; those not installed are left out'],
    threads: ['--threads <n>', 'threads of mnet and tensorflow (default: the backend decides)'],
    batch: ['--batch <n>', 'images a run'],
    repetitions: ['--repetitions <n>', 'timed runs'],
    cpuRepetitions: [
      '--cpu-repetitions <n>',
      'timed runs on the backend cpu, which is slow (default: as many as on the others)',
    ],
    warmup: ['--warmup <n>', 'runs before them that do not count'],
    size: ['--size <pixels>', 'height and width of the pictures'],
    classes: ['--classes <n>', 'classes of the classifiers'],
    strides: ['--strides <kind>', stridesText, { suggestions: namedStrides }],
    deploy: [
      '--no-deploy',
      'infer with the networks as they were trained: batch normalization not folded, nothing recorded',
    ],
  },
};
