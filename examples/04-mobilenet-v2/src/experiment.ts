import { type Experiment, networkArm } from '@mnet/cli';

/**
 * MobileNetV2 from scratch, its stem at stride 1: with all strides of the paper a picture of 32×32 ends at 1×1.
 */
export const experiment: Experiment = {
  name: '04-mobilenet-v2',
  description: 'Trains MobileNetV2 on CIFAR-10.',
  defaults: {
    strides: 'stem1',
    epochs: 10,
    optimizer: 'sgd',
    lr: 0.1,
    weightDecay: 5e-4,
  },
  arms: [networkArm('mobilenet_v2', 'mobilenet_v2')],
  published: [{ arm: 'mobilenet_v2', width: 1, testAccuracy: 0.695 }],
};
