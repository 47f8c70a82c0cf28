import {
  choice,
  type Given,
  integer,
  optional,
  options,
  required,
  resolve,
} from '@mnet/core/options';
import { outputLength, paddings } from '@mnet/layers';

const size = integer({ min: 1 });

const separableCostOptions = options({
  /** Height and width of the square input, in pixels. */
  inputSize: required(size),
  /** M of the paper. */
  inputChannels: required(size),
  /** N of the paper. */
  outputChannels: required(size),
  /** Height and width of the kernel, D_K of the paper. */
  kernel: required(size),
  /** Default 1. */
  stride: optional(size, 1),
  /** Default `valid`: none. */
  padding: optional(choice(paddings), 'valid'),
});

/** One convolution, to be compared with its separable form. */
export interface SeparableCostOptions extends Given<typeof separableCostOptions> {}

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
export function separableCost(given: SeparableCostOptions): SeparableCost {
  const settings = resolve(separableCostOptions, given, 'separableCost');
  const { inputSize, inputChannels, outputChannels, kernel, stride, padding } = settings;
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
