import type { Experiment } from '@mnet/cli';
import { armsOf } from './arms.ts';
import { own, type Own } from './flags.ts';
import { recipe } from './recipe.ts';

/**
 * As much accuracy on CIFAR-10 in as little time as two cores allow. All 50,000 images are trained on: nothing is chosen by
 * held-out ones, since the settings are published ones.
 */
export const experiment: Experiment<Own> = {
  name: '12-speedrun',
  description:
    "Trains on CIFAR-10 as fast as we can, and counts from the process's start to the test accuracy.",
  own,
  defaults: {
    epochs: recipe.epochs,
    batchSize: recipe.batchSize,
    dropLast: true,
    optimizer: 'sgd',
    momentum: recipe.momentum,
    schedule: 'oneCycle',
    labelSmoothing: recipe.labelSmoothing,
    crop: 2,
    cropFill: 'reflect',
    alternateFlip: true,
    validation: 0,
    tensorboard: false,
  },
  // For a quick look at a few images ten steps an epoch; and the recipe of 04-mobilenet-v2.
  defaultsFor: ({ network, limit = Number.POSITIVE_INFINITY }) =>
    network === 'speed'
      ? { batchSize: Math.max(1, Math.min(recipe.batchSize, Math.floor(limit / 10))) }
      : {
          strides: 'stem1',
          epochs: 10,
          batchSize: 128,
          dropLast: false,
          lr: 0.1,
          momentum: 0.9,
          weightDecay: 5e-4,
          schedule: 'cosine',
          labelSmoothing: 0,
          crop: 4,
          cropFill: undefined,
          alternateFlip: false,
          views: 'one',
        },
  arms: armsOf,
  published: [{ arm: 'speed', width: 1, testAccuracy: 0.9401 }],
};
