export { type LoadOptions, loadCifar, loadCifar10, loadCifar100 } from './cifar/load.ts';
export * from './common.ts';
export type { RetryOptions } from '@mnet/core/download';
