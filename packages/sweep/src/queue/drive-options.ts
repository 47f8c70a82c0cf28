import { integer, optional, options } from '@mnet/core/options';
import { enqueueOptions } from './enqueue-options.ts';

/** What `DriveOptions` are made of. */
export const driveOptions = options({
  ...enqueueOptions.fields,
  /** Trials under way at once; default 4. */
  parallel: optional(integer({ min: 1 }), 4),
  /** How often the queue is asked what has ended, in milliseconds; default 1000. */
  poll: optional(integer({ min: 10 }), 1000),
  /** After how long another driver may take over from one that is not heard of, in milliseconds; default 30,000. */
  takeover: optional(integer({ min: 200 }), 30_000),
});
