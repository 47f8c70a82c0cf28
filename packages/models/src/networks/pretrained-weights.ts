import type { Library } from './name-table.ts';
import type { AnyOptions, TableOptions } from './table-options.ts';

/** Trained weights of a network that are published as `model.safetensors` on the Hugging Face hub. */
export interface PretrainedWeights<Own extends AnyOptions = AnyOptions> {
  /** `owner/name` of the repository. */
  readonly repo: string;
  /** The commit. Left out where it is not known: `main`. */
  readonly revision?: string;
  /** The file's SHA-256. Left out where it is not known: the one that the hub publishes with the file. */
  readonly sha256?: string;
  /** The file's size. Left out where it is not known. */
  readonly bytes?: number;
  /** Whose names its tensors have, and whose network they are of. */
  readonly library: Library;
  /** The network's options for which they fit; what is left out is the default, and the strides are the paper's. */
  readonly options?: TableOptions<Own>;
  /** Height, width and channels of the pictures. */
  readonly inputShape: readonly [height: number, width: number, channels: number];
  /** Mean and standard deviation of each channel, in units of pixel / 255. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Width of the classifier. */
  readonly classes: number;
  /** As the repository says it; left out where that is not known. */
  readonly licence?: string;
}

/** What most networks trained on ImageNet-1k have in common: 1,000 classes, and its pixels' mean and deviation. */
export const imagenet1k = {
  inputShape: [224, 224, 3],
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  classes: 1000,
} as const satisfies Partial<PretrainedWeights>;
