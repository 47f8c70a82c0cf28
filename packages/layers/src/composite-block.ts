import type { serialization } from '@tensorflow/tfjs-core';
import { InputSpec, type Shape } from '@tensorflow/tfjs-layers';
import { type Activation, assertActivation } from '@mnet/ops';
import { integerFrom } from '@mnet/core/check';
import { featureMapShape, knownLayerOptions } from './check-layer.ts';
import { CompositeLayer } from './composite-layer.ts';
import {
  convolutionKeys,
  type ConvolutionOptions,
  type Normalization,
  normalization,
} from './convolution-block.ts';
import { windowedShape } from './padding.ts';
import { deriveSeed } from '@mnet/core/random';

/** Options that every block of convolutions takes. */
export interface BlockOptions extends ConvolutionOptions {
  /** Output channels. */
  filters: number;
}

/** The names of {@link BlockOptions}. */
const blockKeys: readonly string[] = ['filters', ...convolutionKeys];

/**
 * A block of convolutions with one window that strides: the base of {@link DepthwiseSeparableConv},
 * {@link InvertedResidual} and {@link BasicBlock}.
 */
export abstract class CompositeBlock extends CompositeLayer {
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly activation: Activation;
  readonly normalization: Normalization;

  constructor(
    options: BlockOptions,
    className: string,
    ownKeys: readonly string[],
    defaultActivation: Activation,
  ) {
    super(options);
    knownLayerOptions(options, [...ownKeys, ...blockKeys], className);
    const { filters, kernelSize = 3, stride = 1, activation = defaultActivation } = options;
    integerFrom(filters, 1, `${className}: filters`);
    integerFrom(kernelSize, 1, `${className}: kernelSize`);
    integerFrom(stride, 1, `${className}: stride`);
    assertActivation(activation, `${className}: activation`);
    this.filters = filters;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.activation = activation;
    this.normalization = normalization(options, className);
    this.inputSpec = [new InputSpec({ ndim: 4 })];
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = featureMapShape(inputShape, this.name)[3];
    super.build(inputShape);
    this.inputSpec = [new InputSpec({ ndim: 4, axes: { 3: channels } })];
  }

  /** Options of a part: the block's normalization, its own name, and a seed of its own. */
  protected part(
    name: string,
    activation: Activation,
  ): Normalization & { name: string; activation: Activation } {
    const seed = deriveSeed(this.normalization.seed, name);
    return { ...this.normalization, name, activation, seed };
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const { kernelSize, stride } = this;
    const window = { kernelSize, stride, padding: this.normalization.padding };
    return [...windowedShape(inputShape, window, this.name), this.filters];
  }

  override getConfig(): serialization.ConfigDict {
    const { filters, kernelSize, stride, activation } = this;
    return {
      ...super.getConfig(),
      filters,
      kernelSize,
      stride,
      activation,
      ...this.normalization,
    };
  }
}
