import type { serialization } from '@tensorflow/tfjs-core';
import { InputSpec, type Shape } from '@tensorflow/tfjs-layers';
import type { Activation } from '@mnet/ops';
import { type Given, integer, options, required, type Resolved } from '@mnet/core/options';
import { featureMapShape } from './check-layer.ts';
import { CompositeLayer } from './composite-layer.ts';
import {
  convolutionOptions,
  type Normalization,
  normalization,
  normalizationConfig,
} from './convolution-block.ts';
import type { LayerOptions } from './layer-options.ts';
import { windowedShape } from './padding.ts';
import { deriveSeed } from '@mnet/core/random';

/** Declares {@link BlockOptions}. */
export const blockOptions = options({
  /** Output channels. */
  filters: required(integer({ min: 1 })),
  ...convolutionOptions.fields,
});

/** Options that every block of convolutions takes. */
export interface BlockOptions extends LayerOptions, Given<typeof blockOptions> {}

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

  /**
   * @param given what the subclass's constructor got
   * @param settings the same, checked by {@link resolveLayer}
   */
  constructor(given: LayerOptions, settings: Resolved<typeof blockOptions>) {
    super(given);
    this.filters = settings.filters;
    this.kernelSize = settings.kernelSize;
    this.stride = settings.stride;
    this.activation = settings.activation;
    this.normalization = normalization(settings);
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
      ...normalizationConfig(this.normalization),
    };
  }
}
