import type { Experiment } from '@mnet/cli';
import { armsOf } from './arms.ts';
import { own, type Own } from './flags.ts';

/** MobileNetV1 of CIFAR-10 on CIFAR-100: what a trained body saves against training from scratch, by 01's recipe. */
export const experiment: Experiment<Own> = {
  name: '03-transfer-learning',
  description:
    'Takes MobileNetV1 from CIFAR-10 to CIFAR-100: a new head on frozen layers, then all layers, against training from scratch.',
  own,
  defaults: {
    dataset: 'cifar100',
    strides: 'paper',
    epochs: 15,
    optimizer: 'sgd',
    lr: 0.2,
    weightDecay: 5e-4,
    clipNorm: 1,
    crop: 2,
  },
  arms: armsOf,
};
