import { integer, optional, options, text } from '@mnet/core/options';

/** What `EnqueueOptions` are made of. */
export const enqueueOptions = options({
  /** Of the study: from 1, which goes first, to 2,097,151; default 1000. Runs under way are not interrupted. */
  priority: optional(integer({ min: 1, max: 2 ** 21 - 1 }), 1000),
  /** How often a run that fails is tried in all; default 5. One that would fail the same way again is tried once. */
  attempts: optional(integer({ min: 1, max: 1000 }), 5),
  /** After how long a failed run is tried again, in milliseconds; it doubles each time, and half of it is random. Default 10,000. */
  backoff: optional(integer({ min: 1 }), 10_000),
  /** What computes at the driver's, such as the build of the kernels; workers get to see it and may leave the jobs to others. */
  build: optional(text()),
});
