import {
  add,
  clone,
  mul,
  reshape,
  rsqrt,
  type serialization,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { InputSpec, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import {
  type Activation,
  activate,
  activations,
  batchNormInference,
  type BatchNormParameters,
  batchNormTrain,
  type MovingStatistics,
} from '@mnet/ops';
import {
  boolean,
  choice,
  type Given,
  integer,
  number,
  optional,
  options,
  pick,
  type Resolved,
} from '@mnet/core/options';
import { BaseLayer, type CallOptions } from './base-layer.ts';
import { featureMapShape } from './check-layer.ts';
import { constant } from './initializers.ts';
import { biasInitializer, type Fans, kernelInitializer, kernelStarts } from './kernel-start.ts';
import type { LayerOptions } from './layer-options.ts';
import { paddings, type Window, windowedShape } from './padding.ts';
import { deriveSeed, freshSeed } from '@mnet/core/random';

/** Declares {@link NormalizationOptions}. */
export const normalizationOptions = options({
  /** Padding of every window; default `symmetric`, PyTorch's. */
  padding: optional(choice(paddings), 'symmetric'),
  /** Whether each convolution is batch-normalized; without, it has a bias. Default true. */
  useBn: optional(boolean(), true),
  /** Whether batch normalization has a trained scale γ; without, it is 1. Default true. */
  scale: optional(boolean(), true),
  /** Added to the variance, above 0 and at most 1; default 1e-5. */
  epsilon: optional(number({ above: 0, max: 1 }), 1e-5),
  /** Weight of the new batch in the moving statistics, from 0 to 1, PyTorch's convention; default 0.1. */
  momentum: optional(number({ min: 0, max: 1 }), 0.1),
  /** How kernels and biases start; default `heNormalUngrouped`. */
  start: optional(choice(kernelStarts), 'heNormalUngrouped'),
  /** Decides the values that weights start from; the same seed and layer give the same bits. Default: a fresh one. */
  seed: optional(integer()),
});

/** What all convolutions of this package take about their batch normalization and start. */
export interface NormalizationOptions extends LayerOptions, Given<typeof normalizationOptions> {}

/** Declares {@link ConvolutionOptions}. */
export const convolutionOptions = options({
  /** Height and width of the kernel; default 3. */
  kernelSize: optional(integer({ min: 1 }), 3),
  /** Step of the window in both directions; default 1. */
  stride: optional(integer({ min: 1 }), 1),
  /** Default `relu`. */
  activation: optional(choice(activations), 'relu'),
  ...normalizationOptions.fields,
});

/** Options of a convolution with its normalization and activation. */
export interface ConvolutionOptions extends LayerOptions, Given<typeof convolutionOptions> {}

/** {@link NormalizationOptions} with the defaults filled in. */
export interface Normalization extends Resolved<typeof normalizationOptions> {
  readonly seed: number;
}

/** The normalization's part of a layer's options. */
export function normalization(settings: Resolved<typeof normalizationOptions>): Normalization {
  return { ...pick(normalizationOptions, settings), seed: settings.seed ?? freshSeed() };
}

/** The same as a layer writes it down: a scale that is trained goes without saying, as before there was another. */
export function normalizationConfig({ scale, ...others }: Normalization): serialization.ConfigDict {
  return { ...others, ...(!scale && { scale }) };
}

/**
 * act(BN(x ∗ kernel)), the base of {@link ConvBnAct} and {@link DepthwiseConvBnAct}, which say how the kernel is laid
 * over x. Without batch normalization it is act(x ∗ kernel + bias).
 *
 * Weights: `kernel`, then `gamma` (untrained without `scale`) and `beta` and the untrained `moving_mean` and
 * `moving_variance`, or else `bias`.
 */
export abstract class ConvolutionBlock extends BaseLayer {
  readonly kernelSize: number;
  readonly stride: number;
  readonly activation: Activation;
  readonly normalization: Normalization;

  private kernel!: LayerVariable;
  private bias: LayerVariable | undefined;
  private beta: LayerVariable | undefined;
  private parameters!: BatchNormParameters;
  private moving: Required<MovingStatistics> | undefined;

  /**
   * @param given what the subclass's constructor got
   * @param settings the same, checked by {@link resolveLayer}
   */
  constructor(given: LayerOptions, settings: Resolved<typeof convolutionOptions>) {
    super(given);
    this.kernelSize = settings.kernelSize;
    this.stride = settings.stride;
    this.activation = settings.activation;
    this.normalization = normalization(settings);
    this.inputSpec = [new InputSpec({ ndim: 4 })];
  }

  /**
   * The statistics that inference normalizes with, and the weight of a new batch in them, which may be changed;
   * undefined without batch normalization, and before the layer is built.
   */
  get movingStatistics(): Required<MovingStatistics> | undefined {
    return this.moving;
  }

  /** Whether training normalizes with the batch's statistics and moves these; a frozen layer keeps them. */
  get movesStatistics(): boolean {
    return this.trainable && this.beta?.trainable === true;
  }

  /** How the kernel is laid over the feature maps. */
  protected get window(): Window {
    const { kernelSize, stride } = this;
    return { kernelSize, stride, padding: this.normalization.padding };
  }

  /** Channels that come out of so many that go in. */
  protected abstract outputChannels(inputChannels: number): number;

  /** Shape of the kernel, and how many values it joins, for the start. */
  protected abstract kernelShape(inputChannels: number): Fans & { shape: number[] };

  /** x ∗ kernel. */
  protected abstract convolve(x: Tensor4D, kernel: Tensor4D): Tensor4D;

  /** act(x ∗ kernel + bias), with as much of it in one kernel as tfjs-core can fuse. */
  protected abstract convolveBiased(
    x: Tensor4D,
    kernel: Tensor4D,
    bias: Tensor1D,
    fused: 'linear' | 'relu' | 'relu6',
  ): Tensor4D;

  override build(inputShape: Shape | Shape[]): void {
    const channels = featureMapShape(inputShape, this.name)[3];
    const { shape, ...fans } = this.kernelShape(channels);
    const { useBn, scale, momentum, start, seed } = this.normalization;
    const kernel = kernelInitializer(start, fans, deriveSeed(seed, 'kernel'));
    this.kernel = this.weight('kernel', shape, kernel);
    const output = this.outputChannels(channels);
    if (useBn) {
      const gamma = this.weight('gamma', [output], constant(1), scale);
      this.beta = this.weight('beta', [output], constant(0));
      const mean = this.weight('moving_mean', [output], constant(0), false);
      const variance = this.weight('moving_variance', [output], constant(1), false);
      this.parameters = {
        gamma: gamma.read() as Tensor1D,
        beta: this.beta.read() as Tensor1D,
      };
      this.moving = {
        movingMean: mean.read() as Variable,
        movingVariance: variance.read() as Variable,
        momentum,
      };
    } else {
      const bias = biasInitializer(start, fans, deriveSeed(seed, 'bias'));
      this.bias = this.weight('bias', [output], bias);
    }
    this.inputSpec = [new InputSpec({ ndim: 4, axes: { 3: channels } })];
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const channels = featureMapShape(inputShape, this.name)[3];
    return [...windowedShape(inputShape, this.window, this.name), this.outputChannels(channels)];
  }

  override countMacs(inputShape: Shape): number | null {
    const [, height, width] = this.computeOutputShape(inputShape);
    if (height == null || width == null) return null;
    const { shape } = this.kernelShape(featureMapShape(inputShape, this.name)[3]);
    return height * width * shape.reduce((a, b) => a * b, 1);
  }

  /**
   * The block inside another one.
   *
   * @param residual float32 of the output's shape, added before the activation
   * @param mask float32 [batch, 1, 1, 1], which the convolution is multiplied by before the residual is added
   */
  override forward(x: Tensor, call: CallOptions, residual?: Tensor4D, mask?: Tensor4D): Tensor4D {
    const { activation } = this;
    if (!mask || !residual) return this.convolved(x as Tensor4D, call, activation, residual);
    return tidy(() => {
      const branch = this.convolved(x as Tensor4D, call, 'linear');
      return activate(add(mul(branch, mask), residual), activation);
    });
  }

  private convolved(
    input: Tensor4D,
    { training }: CallOptions,
    activation: Activation,
    residual?: Tensor4D,
  ): Tensor4D {
    return tidy(() => {
      const kernel = this.kernel.read() as Tensor4D;
      if (!this.moving) {
        const bias = (this.bias as LayerVariable).read() as Tensor1D;
        const fused = residual || !fusable(activation) ? 'linear' : activation;
        const y = this.convolveBiased(input, kernel, bias, fused);
        if (!residual) return fused === activation ? y : activate(y, activation);
        return activate(add(y, residual), activation);
      }
      const y = this.convolve(input, kernel);
      const settings = {
        epsilon: this.normalization.epsilon,
        activation,
        ...(residual && { residual }),
      };
      // A frozen layer keeps its statistics: they belong to the data that its weights were trained on.
      const { moving } = this;
      if (training && this.movesStatistics) {
        return batchNormTrain(y, this.parameters, { ...settings, moving });
      }
      const { movingMean, movingVariance } = moving;
      const statistics = {
        mean: movingMean as unknown as Tensor1D,
        variance: movingVariance as unknown as Tensor1D,
      };
      return batchNormInference(y, this.parameters, statistics, settings);
    });
  }

  /**
   * The kernel and the bias of a convolution that does in inference what this one does with its batch normalization:
   * kernel · γ/√(σ² + ε) and β − μ · γ/√(σ² + ε), or copies of its own where it has none. The caller disposes of them.
   */
  foldedWeights(): { kernel: Tensor4D; bias: Tensor1D } {
    return tidy(() => {
      const kernel = this.kernel.read() as Tensor4D;
      if (this.bias) return { kernel: clone(kernel), bias: clone(this.bias.read() as Tensor1D) };
      const { gamma, beta } = this.parameters;
      const { movingMean, movingVariance } = this.moving as Required<MovingStatistics>;
      const scale = mul(gamma, rsqrt(add(movingVariance, this.normalization.epsilon)));
      // A kernel's last two axes are its input channels and what each of them gives.
      const outputs = kernel.shape[3] === 1 ? [scale.size, 1] : [1, scale.size];
      return {
        kernel: mul(kernel, reshape(scale, outputs)),
        bias: sub(beta, mul(movingMean, scale)),
      };
    });
  }

  override getConfig(): serialization.ConfigDict {
    const { kernelSize, stride, activation } = this;
    const normalized = normalizationConfig(this.normalization);
    return { ...super.getConfig(), kernelSize, stride, activation, ...normalized };
  }
}

function fusable(activation: Activation): activation is 'linear' | 'relu' | 'relu6' {
  return activation === 'linear' || activation === 'relu' || activation === 'relu6';
}
