import { type serialization, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { CallOptions } from './base-layer.ts';
import { DropPath, dropPathOptions } from './drop-path.ts';
import { featureMapShape } from './check-layer.ts';
import { type Given, options as declare } from '@mnet/core/options';
import { blockOptions, CompositeBlock } from './composite-block.ts';
import { ConvBnAct } from './conv-bn-act.ts';
import { type LayerOptions, resolveLayer } from './layer-options.ts';
import { keepsSize } from './padding.ts';

/** Declares {@link BasicBlockOptions}. */
export const basicBlockOptions = declare({ ...blockOptions.fields, ...dropPathOptions.fields });

/** Options of {@link BasicBlock}. */
export interface BasicBlockOptions extends LayerOptions, Given<typeof basicBlockOptions> {}

/**
 * ResNet's block of two convolutions:
 *
 *     y = act(BN(conv2 k×k(act(BN(conv1 k×k(x))))) + shortcut(x))
 *
 * The shortcut is x itself, or BN(1×1 convolution of the same stride) where the shape changes.
 * In training `dropPath` leaves the branch of the convolutions out for some images.
 * Parts: `conv1`, `conv2`, `shortcut`. Default activation `relu`.
 *
 * Source: He et al. 2016, "Deep Residual Learning", section 3.2 and figure 5 (left), https://arxiv.org/abs/1512.03385
 *
 * Input float32 [batch, height, width, channels]; output [batch, height', width', filters].
 */
export class BasicBlock extends CompositeBlock {
  /** Its name in saved models. */
  static readonly className: string = 'BasicBlock';
  /** Share of the images whose branch is dropped in training. */
  readonly dropPath: number;
  private readonly dropped: DropPath;
  private conv1!: ConvBnAct;
  private conv2!: ConvBnAct;
  private shortcut: ConvBnAct | undefined;

  /** @throws if an option is unknown or out of its range. */
  constructor(given: BasicBlockOptions) {
    const settings = resolveLayer(basicBlockOptions, given, 'BasicBlock');
    super(given, settings);
    this.dropPath = settings.dropPath;
    this.dropped = new DropPath(this.dropPath, this.normalization.seed, this.name);
    keepsSize(this.kernelSize, this.normalization.padding, 'BasicBlock');
  }

  protected override compose(inputShape: Shape): void {
    const channels = featureMapShape(inputShape, this.name)[3];
    const { filters, kernelSize, stride, activation } = this;
    const conv1 = { ...this.part('conv1', activation), filters, kernelSize, stride };
    const conv2 = { ...this.part('conv2', activation), filters, kernelSize };
    this.conv1 = new ConvBnAct(conv1);
    this.conv2 = new ConvBnAct(conv2);
    this.attach(this.conv2, this.attach(this.conv1, inputShape));
    if (stride !== 1 || channels !== filters) {
      const shortcut = { ...this.part('shortcut', 'linear'), filters, kernelSize: 1, stride };
      this.shortcut = new ConvBnAct(shortcut);
      this.attach(this.shortcut, inputShape);
    }
  }

  override forward(x: Tensor, options: CallOptions): Tensor4D {
    return tidy(() => {
      const input = x as Tensor4D;
      const residual = this.shortcut ? this.shortcut.forward(input, options) : input;
      const h = this.conv1.forward(input, options);
      return this.conv2.forward(h, options, residual, this.dropped.mask(h.shape[0], options));
    });
  }

  override countMacs(inputShape: Shape): number | null {
    this.assertBuilt();
    const first = this.conv1.countMacs(inputShape);
    const second = this.conv2.countMacs(this.conv1.computeOutputShape(inputShape));
    const branch = this.shortcut?.countMacs(inputShape) ?? 0;
    return first === null || second === null ? null : first + second + branch;
  }

  override getConfig(): serialization.ConfigDict {
    const { dropPath } = this;
    return { ...super.getConfig(), ...(dropPath > 0 && { dropPath }) };
  }
}
