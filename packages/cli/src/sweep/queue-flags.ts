import { homedir } from 'node:os';
import { join } from 'node:path';
import { optional, options, type Resolved, required, text } from '@mnet/core/options';
import type { RunQueue } from '@mnet/sweep';
import { queueOptions } from '@mnet/sweep/options';
import type { Command } from 'commander';
import { addFlags, type FlagTable } from '../flags/flag.ts';
import { userPath } from '../program/user-path.ts';

/** The variable that has the queue's URL, so that its password stands in no command line. */
export const queueVariable = 'MNET_QUEUE';

const ownOptions = options({
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://`; default what {@link queueVariable} has. */
  queue: optional(text('the URL of a Redis or Valkey server')),
  /** What all keys in Redis begin with. */
  prefix: queueOptions.fields.prefix,
});

/** Which queue a command works on. */
export interface QueueFlags extends Resolved<typeof ownOptions> {}

const table: FlagTable<typeof ownOptions.fields> = {
  queue: [
    '--queue <url>',
    `Redis or Valkey: redis://[user:password@]host[:port][/database], rediss:// with TLS (default: the variable ${queueVariable})`,
  ],
  prefix: ['--prefix <text>', 'what all keys in Redis begin with'],
};

/** Adds the flags of {@link QueueFlags}. */
export function addQueueFlags(command: Command): Command {
  return addFlags(command, ownOptions, table);
}

/** The URL that is given, or that the environment has; undefined where there is neither. */
function queueUrl({ queue }: Pick<QueueFlags, 'queue'>): string | undefined {
  return queue ?? (process.env[queueVariable] || undefined);
}

/**
 * Opens the queue of a command.
 *
 * @throws Error where none is named
 */
export async function openQueueOf(flags: QueueFlags): Promise<RunQueue> {
  const url = queueUrl(flags);
  if (url === undefined) {
    throw new Error(
      `--queue: got none, takes the URL of a Redis or Valkey server, such as redis://localhost:6379; or set the variable ${queueVariable}`,
    );
  }
  const { openQueue } = await import('@mnet/sweep');
  const queue = await openQueue(url, {
    prefix: flags.prefix,
    onNote: (message) => console.error(message),
  });
  for (const note of queue.notes) console.error(`${queue.place}: ${note}`);
  return queue;
}

/** Does a job with the queue of a command, and closes it. */
export async function withQueue<T>(
  flags: QueueFlags,
  job: (queue: RunQueue) => Promise<T>,
): Promise<T> {
  const queue = await openQueueOf(flags);
  try {
    return await job(queue);
  } finally {
    await queue.close();
  }
}

const placeOptions = options({
  /** `DIR` or `s3://BUCKET/PREFIX`. */
  store: required(text('a folder that all machines see, or s3://BUCKET/PREFIX')),
  /** Copies of what runs read, and digests of files that were read before; default `~/.cache/mnet`. */
  cache: optional(text('a folder')),
});

/** Where runs are kept, and what they read. */
export interface StoreFlags extends Resolved<typeof placeOptions> {}

/** What {@link StoreFlags} are made of. */
export const storeFields = placeOptions.fields;

/** The texts of {@link StoreFlags}. */
export const storeTable = {
  store: [
    '--store <place>',
    'where all machines see the runs: a folder, or s3://BUCKET/PREFIX',
    { kept: storePlace, path: true },
  ],
  cache: [
    '--cache <folder>',
    'copies of what runs read, and digests of files (default: ~/.cache/mnet)',
    { kept: userPath, path: true },
  ],
} as const;

/** A store as `openStore` takes it: a folder as a whole path. */
export function storePlace(store: string): string {
  return store.includes('://') ? store : userPath(store);
}

/** The folder for copies of inputs. */
export function cacheFolder({ cache }: Pick<StoreFlags, 'cache'>): string {
  if (cache !== undefined) return userPath(cache);
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mnet');
}
