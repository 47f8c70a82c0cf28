import type { Experiment, Published } from '@mnet/cli';
import { armsOf } from './arms.ts';
import { own, type Own } from './flags.ts';
import { type Method, methods } from './methods.ts';

const published: readonly Published[] = [
  { arm: 'alone', width: 0.5, testAccuracy: 0.646 },
  ...Object.entries<Method>(methods).flatMap(([arm, { published: testAccuracy }]) =>
    testAccuracy === undefined ? [] : [{ arm, width: 0.5, testAccuracy }],
  ),
];

/**
 * MobileNetV2 ×0.5 on CIFAR-100 by every method. The 240 epochs of the published comparison are 20 here, and its ResNet-50 is a
 * ResNet-18 whose stem alone is at stride 1, a quarter of the work of the strides for 32×32 pictures. At its rate, 0.01 for
 * batches of 64, the student is 10 points behind in so few epochs, and a loss that counts more may help as a higher rate does:
 * the recipe is 01-mobilenet-v1's, whose gradients are never longer than 1, whatever the losses weigh.
 */
export const experiment: Experiment<Own> = {
  name: '11-distillation-methods',
  description: 'Trains MobileNetV2 ×0.5 on CIFAR-100 alone and by every method of distillation.',
  own,
  defaults: {
    dataset: 'cifar100',
    width: 0.5,
    strides: 'stem1',
    teacherStrides: 'stem1',
    epochs: 20,
    optimizer: 'sgd',
    lr: 0.2,
    weightDecay: 5e-4,
    clipNorm: 1,
    crop: 2,
  },
  arms: armsOf,
  baseline: 'alone',
  published,
};
