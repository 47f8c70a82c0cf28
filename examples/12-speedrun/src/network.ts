import { deriveSeed } from '@mnet/core/random';
import { ConvBnAct, makeDivisible, MaxPool } from '@mnet/layers';
import type { Activation } from '@mnet/ops';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { initializers, layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import { PooledConvBnAct } from './pooled-conv.ts';
import { filtersFor, patch } from './whitening.ts';

/** Of what the network is made. */
export interface SpeedNetworkOptions {
  readonly classes: number;
  /** Height, width, channels; height and width the same, from 9. */
  readonly inputShape: readonly [number, number, number];
  /** Multiplies the filters of the blocks. */
  readonly width: number;
  /** Of all convolutions. */
  readonly activation: Activation;
  /** Weight of the new batch in the moving statistics. */
  readonly momentum: number;
  readonly seed: number;
  /** The frozen filters: float32 [2, 2, channels, filters]. */
  readonly whitening: Float32Array;
}

/** Filters of the blocks at width 1. */
const widths = [64, 256, 256] as const;

/** What the logits are multiplied by. */
const scale = 1 / 9;

/**
 * airbench94's network: a ResNet without shortcuts, whose convolutions start as partial identities.
 *
 * | layer | output of 32×32 |
 * |---|---|
 * | whitening, 2×2 | 31² × 24 |
 * | block 1: 3×3, pooled; 3×3 | 15² × 64 |
 * | block 2, likewise | 7² × 256 |
 * | block 3, likewise | 3² × 256 |
 * | max pooling, head / 9 | 10 |
 *
 * Source: Jordan 2024, https://arxiv.org/abs/2404.00498, section 2 and appendix A
 *
 * @throws if the pictures are not square, or too small for three poolings.
 */
export function speedNetwork({
  classes,
  inputShape,
  width,
  activation,
  momentum,
  seed,
  whitening,
}: SpeedNetworkOptions): LayersModel {
  const [size, across, channels] = inputShape;
  if (size !== across || size < 9) {
    throw new RangeError(
      `pictures: got ${size}×${across}, takes square ones of 9 pixels and more with --network speed`,
    );
  }
  const part = (name: string) => ({
    name,
    activation,
    momentum,
    epsilon: 1e-12,
    scale: false,
    start: 'dirac' as const,
    seed: deriveSeed(seed, name),
  });
  const blocks = widths.flatMap((filters, i) => {
    const own = { filters: makeDivisible(filters * width, 8) };
    return [
      new PooledConvBnAct({ ...part(`block${i + 1}_a`), ...own }),
      new ConvBnAct({ ...part(`block${i + 1}_b`), ...own }),
    ];
  });
  const side = widths.reduce((length) => Math.floor(length / 2), size - patch + 1);
  const inputs = makeDivisible(widths[2] * width, 8);
  const bound = 1 / Math.sqrt(inputs);
  const model = sequential({
    name: 'speed',
    layers: [
      new ConvBnAct({
        name: 'whitening',
        inputShape: [...inputShape],
        filters: filtersFor(channels),
        kernelSize: patch,
        padding: 'valid',
        activation,
        useBn: false,
      }),
      ...blocks,
      new MaxPool({ name: 'pool', poolSize: side, stride: side, padding: 'valid' }),
      layers.flatten({ name: 'flat' }),
      layers.dense({
        name: 'head',
        units: classes,
        useBias: false,
        kernelInitializer: initializers.randomUniform({
          minval: -bound,
          maxval: bound,
          seed: deriveSeed(seed, 'head'),
        }),
      }),
      layers.rescaling({ name: 'logits', scale }),
    ],
  });
  tidy(() => {
    const shape: [number, number, number, number] = [patch, patch, channels, filtersFor(channels)];
    const bias = tensor(new Float32Array(filtersFor(channels)));
    model.getLayer('whitening').setWeights([tensor(whitening, shape), bias]);
  });
  return model;
}
