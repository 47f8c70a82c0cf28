import { boolean, choice, optional, options, type Resolved } from '@mnet/core/options';
import {
  annealingOptions,
  bestWeightsMetric,
  constant,
  cosine,
  earlyStoppingOptions,
  emaOptions,
  linear,
  multiStep,
  multiStepOptions,
  oneCycle,
  oneCycleOptions,
  type ScheduleFactory,
  stepDecay,
  stepDecayOptions,
  type TrainOptions,
  trainOptions,
  warmup,
} from '@mnet/train';
import type { Command } from 'commander';
import { augmentationFlags, augmentationOptions, augmentOf } from './augmentation.ts';
import { addFlags } from './flag.ts';
import { optimizerFlags, optimizerOf, optimizerOptions, unusedMomentum } from './optimizer.ts';

const { fields: ofTrain } = trainOptions;
const { fields: annealing } = annealingOptions;
const { fields: steps } = multiStepOptions;

const trainingOptions = options({
  /** Passes over the training images, default 10. */
  epochs: optional(ofTrain.epochs.takes, 10),
  /** Images a step, default 128. */
  batchSize: ofTrain.batchSize,
  ...optimizerOptions.fields,
  /** The learning rate over time, default `cosine`. */
  schedule: optional(
    choice(['constant', 'cosine', 'linear', 'multiStep', 'oneCycle', 'stepDecay']),
    'cosine',
  ),
  /**
   * Epochs in which the rate rises; where it is left out, a twentieth of all with `cosine` and `linear`, three tenths with
   * `oneCycle`, else 0.
   */
  warmupEpochs: optional(annealing.warmupEpochs.takes),
  /** The rate at the end of `cosine` and `linear`, default 0. */
  finalLr: optional(annealing.final.takes),
  /** Epochs at whose start `multiStep` lowers the rate. */
  milestones: optional(steps.milestones.takes),
  /** `stepDecay` lowers the rate each time so many epochs have passed. */
  every: optional(stepDecayOptions.fields.every.takes),
  /** What `multiStep` and `stepDecay` multiply the rate by, default 0.1. */
  gamma: optional(steps.gamma.takes),
  ...augmentationOptions.fields,
  /** ε of the cross-entropy, default 0. */
  labelSmoothing: optional(ofTrain.labelSmoothing.takes, 0),
  /** Decay of a moving average of the weights, with which the run ends. */
  ema: optional(emaOptions.fields.decay.takes),
  /** Evaluations in a row without an improvement after which the training stops. */
  earlyStopping: optional(earlyStoppingOptions.fields.patience.takes),
  /** What must improve, default `validationAccuracy`. */
  earlyStoppingMetric: optional(earlyStoppingOptions.fields.metric.takes),
  /** Whether the run ends with the weights of its best epoch; default false. */
  bestWeights: optional(boolean(), false),
  /** By what an epoch is the best, default `validationAccuracy`. */
  bestWeightsMetric: optional(bestWeightsMetric),
  /** Whether an epoch's last, smaller batch is left out; default false. */
  dropLast: ofTrain.dropLast,
  /** Epochs from one evaluation of the validation images to the next, default 1. */
  evaluateEvery: ofTrain.evaluateEvery,
  /** Images a forward pass in evaluations, default 256. */
  evaluationBatchSize: ofTrain.evaluationBatchSize,
  /** Epochs from one checkpoint to the next, default 1. */
  checkpointEvery: ofTrain.checkpointEvery,
  /** Steps from one checkpoint to the next, over all epochs; none within an epoch where it is left out. */
  checkpointEverySteps: ofTrain.checkpointEverySteps,
  /** How many checkpoints are kept, default 2. */
  keepCheckpoints: ofTrain.keepCheckpoints,
  /** Steps from one record of their figures to the next, default 10. */
  logEverySteps: ofTrain.logEverySteps,
  /** How many of the most confident mistakes on the test images are kept, default 24. */
  mistakes: ofTrain.mistakes,
  /** Whether the run's folder gets TensorBoard's event files; default true. */
  tensorboard: optional(boolean(), true),
});

/** How a network is trained. */
export interface TrainingFlags extends Resolved<typeof trainingOptions> {}

/** Adds the flags of {@link TrainingFlags}. */
export function addTrainingFlags(command: Command): Command {
  return addFlags(command, trainingOptions, {
    epochs: ['--epochs <n>', 'passes over the training images'],
    batchSize: ['--batch-size <n>', 'images a step'],
    ...optimizerFlags,
    schedule: ['--schedule <name>', 'learning rate over time'],
    warmupEpochs: [
      '--warmup-epochs <n>',
      `epochs in which the rate rises (default: 5% of all with cosine and linear, ${100 * oneCycleOptions.fields.warmupShare.fallback}% with oneCycle, else 0)`,
    ],
    finalLr: [
      '--final-lr <rate>',
      `rate at the end of cosine and linear (default: ${annealing.final.fallback})`,
    ],
    milestones: ['--milestones <list>', 'epochs at whose start multiStep lowers the rate: 100,150'],
    every: ['--every <n>', 'epochs after which stepDecay lowers the rate, again and again'],
    gamma: [
      '--gamma <factor>',
      `what multiStep and stepDecay multiply it by (default: ${steps.gamma.fallback})`,
    ],
    ...augmentationFlags,
    labelSmoothing: ['--label-smoothing <share>', 'ε of the cross-entropy'],
    ema: ['--ema <decay>', 'end with a moving average of the weights, such as 0.999'],
    earlyStopping: [
      '--early-stopping <n>',
      'stop after so many evaluations in a row without an improvement',
    ],
    earlyStoppingMetric: [
      '--early-stopping-metric <name>',
      'what must improve (default: validationAccuracy)',
    ],
    bestWeights: ['--best-weights', 'end with the weights of the best epoch'],
    bestWeightsMetric: [
      '--best-weights-metric <name>',
      'by what an epoch is the best (default: validationAccuracy)',
    ],
    dropLast: ['--drop-last', "leave out an epoch's last batch where it is smaller"],
    evaluateEvery: ['--evaluate-every <n>', 'epochs from one validation to the next'],
    evaluationBatchSize: ['--evaluation-batch-size <n>', 'images a forward pass in evaluations'],
    checkpointEvery: ['--checkpoint-every <n>', 'epochs from one checkpoint to the next'],
    checkpointEverySteps: [
      '--checkpoint-every-steps <n>',
      'steps from one checkpoint to the next, within epochs too (default: none)',
    ],
    keepCheckpoints: ['--keep-checkpoints <n>', 'how many checkpoints are kept, the last ones'],
    logEverySteps: ['--log-every-steps <n>', 'steps from one record in the log to the next'],
    tensorboard: ['--no-tensorboard', "leave out TensorBoard's event files"],
    mistakes: ['--mistakes <n>', 'how many of the most confident mistakes in the test are kept'],
  });
}

/** The options of `train` that the flags decide, but for the label smoothing, which a distillation has of its own. */
export function trainOptionsOf(
  flags: TrainingFlags & { readonly seed: number },
): TrainOptions & Required<Pick<TrainOptions, 'optimizer' | 'schedule'>> {
  refuseUnused(flags);
  const { epochs, batchSize, seed, ema, earlyStopping, earlyStoppingMetric: metric } = flags;
  const { bestWeights, dropLast, evaluateEvery, evaluationBatchSize } = flags;
  const { checkpointEvery, checkpointEverySteps, keepCheckpoints, logEverySteps, mistakes } = flags;
  const optimizer = optimizerOf(flags);
  const augment = augmentOf(flags);
  return {
    epochs,
    batchSize,
    seed,
    optimizer,
    schedule: scheduleOf(flags, flags.lr ?? optimizer.learningRate),
    ...(augment && { augment }),
    ...(ema !== undefined && { ema: { decay: ema } }),
    ...(earlyStopping !== undefined && {
      earlyStopping: { patience: earlyStopping, ...(metric && { metric }) },
    }),
    bestWeights: bestWeights && (flags.bestWeightsMetric ?? true),
    dropLast,
    evaluateEvery,
    evaluationBatchSize,
    checkpointEvery,
    ...(checkpointEverySteps !== undefined && { checkpointEverySteps }),
    keepCheckpoints,
    logEverySteps,
    mistakes,
  };
}

function scheduleOf(flags: TrainingFlags, lr: number): ScheduleFactory {
  const { schedule, epochs, finalLr: final, milestones, every, gamma } = flags;
  if (schedule === 'oneCycle') return oneCycleOf(flags, lr);
  const anneals = schedule === 'cosine' || schedule === 'linear';
  const { warmupEpochs = anneals ? 0.05 * epochs : 0 } = flags;
  const falling = { initial: lr, warmupEpochs, ...(gamma !== undefined && { gamma }) };
  if (anneals) {
    const make = schedule === 'cosine' ? cosine : linear;
    return make({ peak: lr, warmupEpochs, ...(final !== undefined && { final }) });
  }
  if (schedule === 'multiStep') {
    if (milestones === undefined) {
      throw new Error('--schedule multiStep: it needs --milestones, such as 100,150');
    }
    return multiStep({ ...falling, milestones });
  }
  if (schedule === 'stepDecay') {
    if (every === undefined) throw new Error('--schedule stepDecay: it needs --every, such as 30');
    return stepDecay({ ...falling, every });
  }
  return warmupEpochs === 0 ? constant(lr) : warmup(constant(lr), { epochs: warmupEpochs });
}

function oneCycleOf({ epochs, warmupEpochs }: TrainingFlags, peak: number): ScheduleFactory {
  if (warmupEpochs === undefined) return oneCycle({ peak });
  if (warmupEpochs > epochs) {
    throw new RangeError(
      `--warmup-epochs: got ${warmupEpochs} with --schedule oneCycle, takes at most the ${epochs} epochs`,
    );
  }
  return oneCycle({ peak, warmupShare: warmupEpochs / epochs });
}

/** Flags that only some choices of another one have a use for. */
const uses = [
  ['finalLr', 'schedule', ['cosine', 'linear']],
  ['milestones', 'schedule', ['multiStep']],
  ['every', 'schedule', ['stepDecay']],
  ['gamma', 'schedule', ['multiStep', 'stepDecay']],
] as const;

/** Refuses flags without effect, instead of passing over them. */
function refuseUnused(flags: TrainingFlags): void {
  const [first] = unusedFlags(flags);
  if (first) throw new Error(`${named(first.key)}: ${first.why}`);
}

/** The flags that have no effect beside the others, and why. */
export function unusedFlags(
  flags: TrainingFlags,
): readonly { readonly key: keyof TrainingFlags; readonly why: string }[] {
  const unused = uses
    .filter(([key, other, choices]) => {
      return flags[key] !== undefined && !(choices as readonly string[]).includes(flags[other]);
    })
    .map(([key, other, choices]) => ({
      key,
      why: `got it with ${named(other)} ${flags[other]}, takes it with ${choices.join(' or ')}`,
    }));
  const metrics = [
    ['earlyStoppingMetric', flags.earlyStopping !== undefined, '--early-stopping'],
    ['bestWeightsMetric', flags.bestWeights, '--best-weights'],
  ] as const;
  const momentum = unusedMomentum(flags);
  return [
    ...(momentum === undefined ? [] : [{ key: 'momentum', why: momentum } as const]),
    ...unused,
    ...metrics.flatMap(([key, used, other]) =>
      flags[key] === undefined || used ? [] : [{ key, why: `it is for ${other}; give both` }],
    ),
  ];
}

function named(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
}
