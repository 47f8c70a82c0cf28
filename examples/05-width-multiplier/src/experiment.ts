import { type Experiment, networkArm } from '@mnet/cli';

/** MobileNetV2 at many widths: parameters and multiply-adds grow with the square of the width, accuracy does not. */
export const experiment: Experiment = {
  name: '05-width-multiplier',
  description: 'Trains MobileNetV2 at several widths on CIFAR-10.',
  defaults: {
    strides: 'stem1',
    // The last convolution shrinks too, so that the whole network does.
    scaleHead: true,
    widths: [0.1, 0.25, 0.5, 0.75, 1],
    epochs: 10,
    optimizer: 'sgd',
    lr: 0.1,
    weightDecay: 5e-4,
  },
  arms: [networkArm('mobilenet_v2', 'mobilenet_v2')],
};
