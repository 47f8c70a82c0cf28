// What runs anywhere, in Node.js and in browsers.
export {
  type Cifar100Dataset,
  type CifarFiles,
  type LabelOptions,
  parseCifar,
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
export { DataFileError, type DataFileErrorCode } from './files/errors.ts';
export type { LoadProgress, OnProgress } from './files/progress.ts';
