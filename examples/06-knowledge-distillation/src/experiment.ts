import type { Experiment } from '@mnet/cli';
import { armsOf } from './arms.ts';
import { own, type Own } from './flags.ts';

/**
 * MobileNetV2 by the recipe of 04, alone and taught by three kinds of ResNet-18. Its stem is at stride 1 as the student's is:
 * the 7×7 kernel and the pooling stay, so that ImageNet weights fit, and an epoch is a quarter of the work that it is with
 * the strides for 32×32 pictures.
 */
export const experiment: Experiment<Own> = {
  name: '06-knowledge-distillation',
  description: 'Trains MobileNetV2 on CIFAR-10 alone and taught by ResNet-18, of three kinds.',
  own,
  defaults: {
    strides: 'stem1',
    teacherStrides: 'stem1',
    epochs: 10,
    optimizer: 'sgd',
    lr: 0.1,
    weightDecay: 5e-4,
  },
  arms: armsOf,
  baseline: 'alone',
  published: [
    { arm: 'alone', width: 1, testAccuracy: 0.695 },
    { arm: 'from-imagenet', width: 1, testAccuracy: 0.72 },
  ],
};
