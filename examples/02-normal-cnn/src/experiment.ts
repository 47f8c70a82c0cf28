import { type Experiment, networkArm } from '@mnet/cli';

/** NormalCNN has MobileNetV1's table with whole convolutions in place of separable ones: what the separation saves. */
export const experiment: Experiment = {
  name: '02-normal-cnn',
  description: 'Trains NormalCNN and MobileNetV1, which has the same widths, on CIFAR-10.',
  defaults: {
    strides: 'paper',
    epochs: 15,
    optimizer: 'sgd',
    lr: 0.1,
    weightDecay: 5e-4,
  },
  arms: [networkArm('normal_cnn', 'normal_cnn'), networkArm('mobilenet_v1', 'mobilenet_v1')],
};
