export {
  type Augmentation,
  augmentation,
  cropOptions,
  cutoutOptions,
} from './batch/augmentation.ts';
export {
  type Batch,
  type BatchOptions,
  batchCount,
  batches,
  disposeBatch,
  gatherBatch,
  type Mix,
  type OneHotBatchOptions,
} from './batch/batches.ts';
export { type FitData, type FitDataOptions, fitData } from './batch/fit-data.ts';
export type { View } from './batch/view.ts';
export { cutmixOptions, mixupOptions } from './batch/mixing.ts';
export { randAugmentOptions } from './batch/rand-augment.ts';
export { randomErasingOptions } from './batch/random-erasing.ts';
export { type ChannelStatistics, channelStatistics } from './dataset/channel-statistics.ts';
export { fingerprint } from './dataset/fingerprint.ts';
export { assertImageDataset, type ImageDataset, type Splits } from './dataset/image-dataset.ts';
export { compact, imageAt, type PixelsOf } from './dataset/pixels.ts';
export { type StratifiedSplit, stratifiedSplit } from './dataset/stratified-split.ts';
export { subset } from './dataset/subset.ts';
export { type Shapes10Options, shapes10, shapes10Classes } from './shapes/shapes10.ts';
