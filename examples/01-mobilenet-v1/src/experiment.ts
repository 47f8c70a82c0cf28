import { type Experiment, networkArm } from '@mnet/cli';

/**
 * MobileNetV1 as the paper has it, its stem at stride 2, on pictures of 32×32. SGD with Nesterov momentum, a short
 * warm-up, cosine to 0. With clipped gradients it bears a rate at which it would diverge else; crops by 4 pixels are more than it
 * learns in 15 epochs (README).
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
