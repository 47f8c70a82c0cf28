import { type serialization, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { CallOptions } from './base-layer.ts';
import { choice, either, type Given, integer, number, optional, options } from '@mnet/core/options';
import { DropPath, dropPathOptions } from './drop-path.ts';
import { featureMapShape } from './check-layer.ts';
import { blockOptions, CompositeBlock } from './composite-block.ts';
import { ConvBnAct } from './conv-bn-act.ts';
import { DepthwiseConvBnAct } from './depthwise-conv-bn-act.ts';
import { type LayerOptions, resolveLayer } from './layer-options.ts';
import { keepsSize } from './padding.ts';
import { SqueezeExcite } from './squeeze-excite.ts';

const multiple = number({ min: 1, max: 1e6 });

/** Declares {@link InvertedResidualOptions}. */
export const invertedResidualOptions = options({
  /** Width between the two pointwise convolutions as a multiple of the input channels, at least 1. */
  expansion: optional(multiple),
  /** The same width in channels. */
  expandedFilters: optional(integer({ min: 1 })),
  /** Reduction of a squeeze-and-excitation after the depthwise convolution, 4 in MobileNetV3; default 0, none. */
  squeezeReduction: optional(either(choice([0]), multiple), 0),
  ...dropPathOptions.fields,
  ...blockOptions.fields,
  /** Default `relu6`. */
  activation: optional(blockOptions.fields.activation.takes, 'relu6'),
});

/** Options of {@link InvertedResidual}; exactly one of `expansion` and `expandedFilters`. */
export interface InvertedResidualOptions
  extends LayerOptions,
    Given<typeof invertedResidualOptions> {}

/**
 * MobileNetV2's and V3's block: widen, filter each channel, optionally weigh the channels, narrow without an
 * activation:
 *
 *     h = act(BN(expand 1×1(x))),  h = act(BN(depthwise k×k(h))),  h = SE(h),  y = BN(project 1×1(h)) [+ x]
 *
 * x is added where the stride is 1 and the channels are as many as before. Where the width between is that of the
 * input, nothing is widened and the first convolution falls away.
 * In training `dropPath` leaves the branch beside x out for some images.
 * Parts: `expand`, `depthwise`, `squeeze_excite`, `project`. Default activation `relu6`, as in V2.
 *
 * Source: Sandler et al. 2018, "MobileNetV2", section 3.3 and table 1, https://arxiv.org/abs/1801.04381;
 * Howard et al. 2019, "Searching for MobileNetV3", figure 4, https://arxiv.org/abs/1905.02244
 *
 * Input float32 [batch, height, width, channels]; output [batch, height', width', filters].
 */
export class InvertedResidual extends CompositeBlock {
  /** Its name in saved models. */
  static readonly className: string = 'InvertedResidual';
  readonly expansion: number | undefined;
  readonly expandedFilters: number | undefined;
  readonly squeezeReduction: number;
  /** Share of the images whose branch is dropped in training. */
  readonly dropPath: number;
  private readonly dropped: DropPath;
  private expand: ConvBnAct | undefined;
  private depthwise!: DepthwiseConvBnAct;
  private squeezeExcite: SqueezeExcite | undefined;
  private project!: ConvBnAct;
  private shortcut = false;

  /** @throws if an option is unknown or out of its range. */
  constructor(given: InvertedResidualOptions) {
    const layer = 'InvertedResidual';
    const settings = resolveLayer(invertedResidualOptions, given, layer);
    const { kernelSize, padding, expansion, expandedFilters } = settings;
    keepsSize(kernelSize, padding, layer);
    if ((expansion === undefined) === (expandedFilters === undefined)) {
      throw new TypeError(
        `${layer}: got expansion ${expansion} and expandedFilters ${expandedFilters}, takes exactly one of the two, for example expansion: 6`,
      );
    }
    super(given, settings);
    this.expansion = expansion;
    this.expandedFilters = expandedFilters;
    this.squeezeReduction = settings.squeezeReduction;
    this.dropPath = settings.dropPath;
    this.dropped = new DropPath(this.dropPath, this.normalization.seed, this.name);
  }

  protected override compose(inputShape: Shape): void {
    const channels = featureMapShape(inputShape, this.name)[3];
    const { kernelSize, stride, activation, filters } = this;
    const width = this.expandedFilters ?? Math.round(channels * (this.expansion as number));
    let shape = inputShape;
    if (width !== channels) {
      const part = this.part('expand', activation);
      this.expand = new ConvBnAct({ ...part, filters: width, kernelSize: 1 });
      shape = this.attach(this.expand, shape);
    }
    const part = this.part('depthwise', activation);
    this.depthwise = new DepthwiseConvBnAct({ ...part, kernelSize, stride });
    shape = this.attach(this.depthwise, shape);
    if (this.squeezeReduction) {
      const { name, start, seed } = this.part('squeeze_excite', activation);
      const reduction = this.squeezeReduction;
      this.squeezeExcite = new SqueezeExcite({ name, start, seed, reduction });
      shape = this.attach(this.squeezeExcite, shape);
    }
    this.project = new ConvBnAct({ ...this.part('project', 'linear'), filters, kernelSize: 1 });
    this.attach(this.project, shape);
    this.shortcut = stride === 1 && channels === filters;
    if (this.dropPath > 0 && !this.shortcut) {
      throw new RangeError(
        `${this.name}: got dropPath ${this.dropPath} without a shortcut, takes 0 where the stride is not 1 or the channels change`,
      );
    }
  }

  override forward(x: Tensor, call: CallOptions): Tensor4D {
    return tidy(() => {
      let h = x as Tensor4D;
      if (this.expand) h = this.expand.forward(h, call);
      h = this.depthwise.forward(h, call);
      if (this.squeezeExcite) h = this.squeezeExcite.forward(h);
      if (!this.shortcut) return this.project.forward(h, call);
      return this.project.forward(h, call, x as Tensor4D, this.dropped.mask(h.shape[0], call));
    });
  }

  override getConfig(): serialization.ConfigDict {
    const { expansion, expandedFilters, squeezeReduction } = this;
    const width = expansion === undefined ? { expandedFilters } : { expansion };
    return {
      ...super.getConfig(),
      ...(width as { expansion: number }),
      squeezeReduction,
      ...(this.dropPath > 0 && { dropPath: this.dropPath }),
    };
  }
}
