/** What a flag of strides says of itself. */
export const stridesText =
  'paper; stem1, the same with stride 1 in the stem; cifar, for 32×32 pictures; or a list';
