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
  put: 37,
  rmsprop: 38,
  blend: 39,
  squareSums: 40,
  clipScale: 41,
} as const;

/** Name of a kernel. */
export type OpName = keyof typeof Op;

/** Words of a command; word 0 is the code, word 1 the number of chunks. */
export const COMMAND_WORDS = 64;

/** Commands that wait at most, more than a training step has: a power of two, the same as in assembly/pool.ts. */
export const QUEUE_SLOTS = 2048;

/** Where things lie at the memory's start, in bytes; below are the module's constants. */
export const Layout = {
  control: 65_536,
  /** The queue's commands, one after the other. */
  commands: 98_304,
  scratch: 655_360,
  /** Scratch memory of one thread. */
  scratchBytes: 131_072,
  maxThreads: 64,
  staging: 9_043_968,
  /** What is written from JavaScript while the queue is busy. Pages that are never touched cost nothing. */
  stagingBytes: 16_777_216,
  heap: 25_821_184,
} as const;
