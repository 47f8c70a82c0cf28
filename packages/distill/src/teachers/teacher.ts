import type { Batch, ImageDataset } from '@mnet/data';
import type { TappedOutputs } from '@mnet/layers';
import type { JsonObject } from '@mnet/train';

/** The images a teacher is asked about, where each stands in the data set, and which were mirrored. */
export type TeacherBatch = Pick<Batch, 'images' | 'indices' | 'mirrored'>;

/** A teacher that is ready for a training. */
export interface PreparedTeacher {
  /** Shapes of the tapped outputs without the batch, by layer. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Runs tidied, outside of every gradient. */
  forward(batch: TeacherBatch): TappedOutputs;
}

/** Anything that gives logits for images: a model, several, or stored logits. */
export interface Teacher {
  readonly name: string;
  readonly classes: number;
  /** Values that training changes by gradients, frozen or not, without moving statistics; absent where nothing is known of it. */
  readonly parameters?: number;
  /** What it is, as a run writes it down. */
  readonly config: JsonObject;
  /**
   * Readies it for a training.
   *
   * @param taps names of its layers whose outputs the losses need
   * @throws if it has no such layers.
   */
  prepare(taps: readonly string[]): PreparedTeacher;
  /** Height, width and channels of the images it takes, null where any will do; absent where nothing is known of it. */
  readonly inputShape?: readonly (number | null)[];
  /**
   * A digest of all that decides its answers, such as its weights. Where it has one, a run that was taught by another
   * teacher is not resumed.
   */
  fingerprint?(): Promise<string>;
  /** Set where it knows the images of one data set alone, as stored logits do. */
  readonly dataset?: ImageDataset;
  /** With `dataset`: which views of its images it knows; absent: any. */
  readonly views?: 'plain' | 'mirrored';
}
