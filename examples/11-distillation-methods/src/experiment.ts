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
 * MobileNetV2 ×0.5 on CIFAR-100 by every method. The rate is the published comparison's, 0.01 for batches of 64, at batches
 * of 128; its 240 epochs are 20 here, and its ResNet-50 is a ResNet-18 whose stem alone is at stride 1, a quarter of the
 * work of the strides for 32×32 pictures.
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
    lr: 0.02,
    weightDecay: 5e-4,
  },
  arms: armsOf,
  baseline: 'alone',
  published,
};
