import { type Experiment, networkArm } from '@mnet/cli';

/**
 * NormalCNN has MobileNetV1's table with whole convolutions in place of separable ones: what the separation saves. Both by
 * 01's recipe, chosen for MobileNetV1.
 */
export const experiment: Experiment = {
  name: '02-normal-cnn',
  description: 'Trains NormalCNN and MobileNetV1, which has the same widths, on CIFAR-10.',
  defaults: {
    strides: 'paper',
    epochs: 15,
    optimizer: 'sgd',
    lr: 0.2,
    weightDecay: 5e-4,
    clipNorm: 1,
    crop: 2,
  },
  arms: [networkArm('normal_cnn', 'normal_cnn'), networkArm('mobilenet_v1', 'mobilenet_v1')],
};
