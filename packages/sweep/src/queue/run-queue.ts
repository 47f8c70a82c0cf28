import { integer, type Given, optional, options, text } from '@mnet/core/options';

/** What {@link QueueOptions} are made of. */
export const queueOptions = options({
  /** What all keys in Redis begin with; default `bull`, BullMQ's own, under which dashboards look. */
  prefix: optional(text(), 'bull'),
  /** The queue's name; default `mnet-runs`. Workers take the jobs of one queue. */
  name: optional(text(), 'mnet-runs'),
  /** How long the first connection may take, in milliseconds; default 10,000. */
  patience: optional(integer({ min: 100 }), 10_000),
  /** After how long without an answer a connection counts as dead and is made anew, in milliseconds; default 20,000. */
  silence: optional(integer({ min: 11_000 }), 20_000),
});

/** Settings of {@link openQueue}. */
export interface QueueOptions extends Given<typeof queueOptions> {
  /** Called with what there is to say of the connection, such as that it was lost; secrets are taken out. */
  readonly onNote?: (message: string) => void;
}

/** A queue of runs on Redis or Valkey. */
export interface RunQueue {
  /** Its address, without secrets. */
  readonly place: string;
  /** What of the server's settings endangers the queue, for people; empty where all is well. */
  readonly notes: readonly string[];
  /** Closes the connection. */
  close(): Promise<void>;
}
