import { Random } from '@mnet/core/random';
import type { ImageDataset, Splits } from '@mnet/data';
import type { EpochRecord, TrainResult } from '@mnet/train';
import {
  input,
  type LayersModel,
  layers,
  model as functional,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';

/** Noisy 6×6 pictures of three classes, each with a colour and a bright edge of its own. */
export function tinyDataset(length: number, seed: number): ImageDataset {
  const random = new Random(seed);
  const labels = Int32Array.from({ length }, (_, n) => n % 3);
  const images = Uint8Array.from({ length: length * 108 }, (_, i) => {
    const label = labels[Math.floor(i / 108)] as number;
    const [channel, column] = [i % 3, Math.floor(i / 3) % 6];
    return (channel === label ? 60 : 0) + (column === label * 2 ? 60 : 0) + random.below(110);
  });
  return {
    name: 'tiny',
    shape: [6, 6, 3],
    classes: ['red', 'green', 'blue'],
    mean: [0.3, 0.3, 0.3],
    std: [0.2, 0.2, 0.2],
    images,
    labels,
    length,
  };
}

/** 48 images to train on, 24 to validate, 24 to test. */
export function tinySplits(): Splits {
  return { train: tinyDataset(48, 1), validation: tinyDataset(24, 2), test: tinyDataset(24, 3) };
}

/** A convolution `features` of so many channels, stock BatchNorm and a classifier `head`, with dropout before it where it is asked for: logits [batch, classes]. */
export function tinyModel(
  name: string,
  { channels = 4, classes = 3, seed = 1, strides = 2, dropout = 0 } = {},
): LayersModel {
  const glorot = (n: number) => ({ className: 'GlorotUniform', config: { seed: n } }) as never;
  const images = input({ shape: [6, 6, 3] });
  const steps = [
    layers.conv2d({
      name: `${name}_features`,
      filters: channels,
      kernelSize: 3,
      strides,
      padding: 'same',
      kernelInitializer: glorot(seed),
    }),
    layers.batchNormalization(),
    layers.activation({ activation: 'relu' }),
    layers.flatten(),
    ...(dropout > 0 ? [layers.dropout({ rate: dropout })] : []),
    layers.dense({ name: `${name}_head`, units: classes, kernelInitializer: glorot(seed + 1) }),
  ];
  const logits = steps.reduce<SymbolicTensor>(
    (x, layer) => layer.apply(x) as SymbolicTensor,
    images,
  );
  return functional({ name, inputs: images, outputs: logits });
}

/** All weights' values, one after the other. */
export function weightsOf(model: LayersModel): number[] {
  return model.getWeights().flatMap((weight) => [...weight.dataSync()]);
}

/** The figures of a history without the times, which no two runs share. */
export function figures({ history }: Pick<TrainResult, 'history'>): EpochRecord[] {
  return history.map(({ validationSeconds, ...record }) => {
    const none = { seconds: 0, imagesPerSecond: 0 };
    return {
      ...record,
      ...none,
      ...(validationSeconds === undefined ? {} : { validationSeconds: 0 }),
    };
  });
}
