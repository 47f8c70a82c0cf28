import { type ExperimentFlags, trainOptionsOf } from '@mnet/cli';
import { oneCycle, sgd, type TrainOptions } from '@mnet/train';

/**
 * airbench94's settings, https://github.com/KellerJordan/cifar10-airbench. Rate and decay are "decoupled": they say by how much a
 * gradient, and a weight, change a weight in the end, whatever the momentum.
 */
export const recipe = {
  /** airbench94's 9.9 reach 94.01 % on average: as often less than 94 as more. */
  epochs: 12,
  batchSize: 1024,
  /** Of the gradient of 1,024 images' mean loss, once momentum has repeated it for ever. */
  rate: 11.5,
  momentum: 0.85,
  /** Of the weights in as long. */
  decay: 0.0153,
  /** What the rate of batch normalization's shifts is multiplied by; their decay stays the same. */
  biasFactor: 64,
  labelSmoothing: 0.2,
  /** The rate rises linearly from the share `start` of its peak over the share `rise` of the steps, and falls to `end`. */
  triangle: { start: 0.2, rise: 0.23, end: 0.07 },
  lookahead: { every: 5, decay: 0.95 ** 5, power: 3 },
  /** Epochs in which the bias of the whitened patches is trained. */
  whiteningBias: 3,
  /** Of batch normalization, the weight of the new batch. */
  statistics: 0.4,
} as const;

/** Variables by their names, which tfjs numbers where a process has several models. */
const named = (name: string): RegExp => new RegExp(String.raw`(^|/)${name}(_\d+)?$`);

/** The share of a decoupled rate that a step has, at a batch of so many images. */
function stepShare(batchSize: number, momentum: number): number {
  return batchSize / 1024 / (1 + 1 / (1 - momentum));
}

/**
 * The options that train the network of this experiment, as its flags say.
 *
 * @param steps of the whole training, of which there may be fewer than from one look back to the next
 */
export function speedTraining(flags: ExperimentFlags, epochs: number, steps: number): TrainOptions {
  const { batchSize, momentum = recipe.momentum, nesterov } = flags;
  const share = stepShare(batchSize, momentum);
  const { lr = recipe.rate * share } = flags;
  const { weightDecay = (recipe.decay * share) / lr } = flags;
  const { schedule, ...others } = trainOptionsOf({ ...flags, lr, epochs });
  return {
    ...others,
    optimizer: sgd({
      learningRate: lr,
      momentum,
      nesterov: nesterov && momentum > 0,
      weightDecay,
      groups: [
        {
          filter: named('beta'),
          rateFactor: recipe.biasFactor,
          weightDecay: weightDecay / recipe.biasFactor,
        },
      ],
    }),
    schedule: flags.schedule === 'oneCycle' ? triangle(lr, flags, epochs) : schedule,
    labelSmoothing: flags.labelSmoothing,
    lookahead: { ...recipe.lookahead, every: Math.min(recipe.lookahead.every, steps) },
    freeze: [
      { filter: named('whitening/kernel') },
      { filter: named('whitening/bias'), after: recipe.whiteningBias },
    ],
  };
}

function triangle(peak: number, { warmupEpochs }: ExperimentFlags, epochs: number) {
  const { start, rise, end } = recipe.triangle;
  return oneCycle({
    peak,
    warmupShare: warmupEpochs === undefined ? rise : warmupEpochs / epochs,
    divFactor: 1 / start,
    finalDivFactor: start / end,
    anneal: 'linear',
  });
}
