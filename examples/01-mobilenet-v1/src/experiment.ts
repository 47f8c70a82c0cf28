import { type Experiment, networkArm } from '@mnet/cli';

/**
 * MobileNetV1 as the paper has it, its stem at stride 2, on pictures of 32×32. SGD with Nesterov momentum, a short
 * warm-up, cosine to 0; the README has the trials that this rate, the clipping and the small crops come from.
 */
export const experiment: Experiment = {
  name: '01-mobilenet-v1',
  description: 'Trains MobileNetV1 on CIFAR-10.',
  defaults: {
    strides: 'paper',
    epochs: 15,
    optimizer: 'sgd',
    lr: 0.2,
    weightDecay: 5e-4,
    clipNorm: 1,
    crop: 2,
  },
  arms: [networkArm('mobilenet_v1', 'mobilenet_v1')],
  published: [{ arm: 'mobilenet_v1', width: 1, testAccuracy: 0.8007 }],
};
