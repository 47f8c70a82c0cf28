/** The kernels' codes, those of assembly/dispatch.ts. */
export const Op = {
  packPanels: 0,
  matmul: 1,
  convolution: 2,
  filterGradient: 3,
  sumSlices: 4,
  depthwise: 5,
  depthwiseFilterGradient: 6,
  batchNormSums: 7,
  batchNormStatistics: 8,
  batchNormApply: 9,
  batchNormGradSums: 10,
  sumPairs: 11,
  batchNormGrad: 12,
  binary: 13,
  unary: 14,
  fill: 15,
  sumRows: 16,
  sumColumns: 17,
  sumPixels: 18,
  spreadPixels: 19,
  softmaxCrossEntropy: 20,
  distillation: 21,
  sgd: 22,
  adam: 23,
  maxPool: 24,
  maxPoolGrad: 25,
  scale: 26,
  depthwiseGather: 27,
  compare: 28,
  logicalAnd: 29,
  select: 30,
  repeatRow: 31,
  inverseDeviation: 32,
  winogradInput: 33,
  winogradOutput: 34,
  winogradFilter: 35,
  winogradFilterGradient: 36,
} as const;

/** Name of a kernel. */
export type OpName = keyof typeof Op;

/** Words of a command; word 0 is the code, word 1 the number of chunks. */
export const COMMAND_WORDS = 64;

/** Where things lie at the memory's start, in bytes; below are the module's constants. */
export const Layout = {
  control: 65_536,
  command: 66_560,
  scratch: 131_072,
  /** Scratch memory of one thread. */
  scratchBytes: 131_072,
  maxThreads: 64,
  heap: 8_519_680,
} as const;

/** Fields of the control block that JavaScript reads or writes, byte offsets as in assembly/pool.ts. */
export const Control = { done: 64, failed: 384 } as const;
