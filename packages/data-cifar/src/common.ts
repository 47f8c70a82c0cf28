// What runs anywhere, in Node.js and in browsers.
export type { Augmentation } from './batch/augmentation.ts';
export {
  type Batch,
  type BatchOptions,
  batchCount,
  batches,
  gatherBatch,
} from './batch/batches.ts';
export {
  type Cifar100Dataset,
  type CifarFiles,
  type LabelOptions,
  parseCifar10,
  parseCifar100,
  type SplitOptions,
} from './cifar/assemble.ts';
export {
  cifar10Classes,
  cifar100CoarseClasses,
  cifar100CoarseOfFine,
  cifar100FineClasses,
  cifar100Hierarchy,
} from './cifar/class-names.ts';
export { type CifarFile, type CifarSource, cifar10Source, cifar100Source } from './cifar/source.ts';
export { type ChannelStatistics, channelStatistics } from './dataset/channel-statistics.ts';
export { fingerprint } from './dataset/fingerprint.ts';
export { assertImageDataset, type ImageDataset, type Splits } from './dataset/image-dataset.ts';
export { type StratifiedSplit, stratifiedSplit } from './dataset/stratified-split.ts';
export { subset } from './dataset/subset.ts';
export { sha256 } from './digest/sha256.ts';
export { DataFileError, type DataFileErrorCode } from './files/errors.ts';
export type { LoadProgress, OnProgress } from './files/progress.ts';
export { Random } from './random/random.ts';
export { type Shapes10Options, shapes10, shapes10Classes } from './shapes/shapes10.ts';
