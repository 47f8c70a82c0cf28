import {
  type Given,
  number,
  optional,
  options,
  required,
  type Resolved,
  text,
} from '@mnet/core/options';

/** What {@link PublishedFigure} has. */
export const publishedOptions = options({
  /** Whose figure it is, such as `PyTorch` or `paper`. */
  label: required(text('whose figure it is')),
  /** On the test images, from 0 to 1. */
  testAccuracy: required(number({ min: 0, max: 1 })),
  /**
   * The group, or the run in no group, beside which it stands. In the plots it has that one's parameters and multiply-adds
   * where it says none of its own.
   */
  beside: optional(text('the name of a group or of a run')),
  /** Parameters of the network. */
  params: optional(number({ above: 0 })),
  /** Multiply-adds of one prediction. */
  macs: optional(number({ above: 0 })),
});

/** A figure that others report, beside which ours stand. */
export interface PublishedFigure extends Given<typeof publishedOptions> {}

/** A {@link PublishedFigure} that was checked. */
export type Published = Resolved<typeof publishedOptions>;
