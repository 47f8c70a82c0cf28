import { layers, sequential } from '@tensorflow/tfjs-layers';

/** What the programs of train and distill train. */
export function smallNetwork(filters) {
  return sequential({
    layers: [
      layers.conv2d({ inputShape: [32, 32, 3], filters, kernelSize: 3, strides: 4 }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 10 }),
    ],
  });
}
