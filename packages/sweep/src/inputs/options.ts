import {
  boolean,
  callable,
  custom,
  integer,
  list,
  optional,
  options,
  required,
  text,
} from '@mnet/core/options';

const watched = {
  /** Called with bytes done, and bytes in all. */
  onProgress: optional(callable<(loaded: number, total: number) => void>()),
  /** Ends it with the signal's reason. */
  signal: optional(custom<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal)),
};
/** A folder of this machine for copies of inputs, and for digests of files that were read before. */
const cache = text('the path of a folder');

/** What {@link DescribeInputOptions} are made of. */
export const describeInputOptions = options({
  /** A folder of this machine, where digests are kept: what did not change is not read again. Without one they are not kept. */
  cache: optional(cache),
  ...watched,
});

/** What {@link OfferInputOptions} are made of. */
export const offerInputOptions = options({
  /** As {@link describeInputOptions} has it. */
  cache: optional(cache),
  /**
   * Whether its content goes to the store; default true. Without it the store says what the input holds, and a worker must have a folder
   * that holds the same.
   */
  content: optional(boolean(), true),
  /** How many pieces are sent at once; default 4. */
  transfers: optional(integer({ min: 1, max: 64 }), 4),
  ...watched,
});

/** What {@link TakeInputOptions} are made of. */
export const takeInputOptions = options({
  /** A folder of this machine for copies of inputs, and digests of files that were read before; its workers may share it. */
  cache: required(cache),
  /** Files and folders of this machine that may be the input, or folders that may hold it by its name. */
  near: optional(list(text('a path')), []),
  /** How many pieces are fetched at once; default 4. */
  transfers: optional(integer({ min: 1, max: 64 }), 4),
  ...watched,
});
