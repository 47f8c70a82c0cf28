import { outputLength, type Padding, paddings } from '@mnet/layers';
import { integerFrom, knownOptions, oneOf } from '@mnet/core/check';

/** One convolution, to be compared with its separable form. */
export interface SeparableCostOptions {
  /** Height and width of the square input, in pixels. */
  inputSize: number;
  /** M of the paper. */
  inputChannels: number;
  /** N of the paper. */
  outputChannels: number;
  /** Height and width of the kernel, D_K of the paper. */
  kernel: number;
  /** Default 1. */
  stride?: number;
  /** Default `valid`: none. */
  padding?: Padding;
}

/** The costs in multiply-accumulates for one picture. */
export interface SeparableCost {
  /** Height and width of the output, D_F of the paper. */
  outputSize: number;
  /** D_F² · D_K² · M · N */
  standard: number;
  /** D_F² · D_K² · M */
  depthwise: number;
  /** D_F² · M · N */
  pointwise: number;
  /** depthwise + pointwise */
  separable: number;
  /** separable / standard = 1/N + 1/D_K² */
  ratio: number;
}

/**
 * What a standard convolution costs against a depthwise separable one.
 *
 * Source: Howard et al. 2017, "MobileNets", section 3.1, https://arxiv.org/abs/1704.04861
 *
 * @throws if a size is not a positive integer or the kernel does not fit into the input.
 */
export function separableCost(options: SeparableCostOptions): SeparableCost {
  const keys = ['inputSize', 'inputChannels', 'outputChannels', 'kernel', 'stride', 'padding'];
  knownOptions(options, keys, 'separableCost');
  const { inputSize, inputChannels, outputChannels, kernel } = options;
  const { stride = 1, padding = 'valid' } = options;
  const sizes = { inputSize, inputChannels, outputChannels, kernel, stride };
  for (const [name, size] of Object.entries(sizes)) integerFrom(size, 1, name);
  oneOf(padding, paddings, 'padding');
  const outputSize = outputLength(inputSize, kernel, stride, padding) as number;
  if (outputSize < 1) {
    throw new RangeError(
      `kernel: got ${kernel}, which does not fit into inputSize ${inputSize} with padding '${padding}'; takes a smaller kernel`,
    );
  }
  const positions = outputSize ** 2;
  const depthwise = positions * kernel ** 2 * inputChannels;
  const pointwise = positions * inputChannels * outputChannels;
  const standard = depthwise * outputChannels;
  const separable = depthwise + pointwise;
  return { outputSize, standard, depthwise, pointwise, separable, ratio: separable / standard };
}
