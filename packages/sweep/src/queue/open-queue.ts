import { resolve } from '@mnet/core/options';
import { connect } from './connect.ts';
import type { Job } from './job-data.ts';
import { loadLibraries } from './libraries.ts';
import { Keys } from './names.ts';
import { dropParts, keepParts } from './queue-parts.ts';
import { queueOptions, type QueueOptions, type RunQueue } from './run-queue.ts';

/**
 * Opens a queue of runs: BullMQ on a Redis or Valkey server.
 *
 * @param url `redis://[user:password@]host[:port][/database]`, or `rediss://` with TLS (a certificate of an authority of your own:
 *   Node's variable `NODE_EXTRA_CA_CERTS`)
 * @throws Error where bullmq or ioredis is not installed; TypeError for what is no such URL; QueueError with the code `connection`
 *   where it is not reached within `patience`, or does not take the user and password
 */
export async function openQueue(
  url: string,
  { onNote: note = () => {}, ...given }: QueueOptions = {},
): Promise<RunQueue> {
  const { prefix, name, patience, silence } = resolve(queueOptions, given, 'queue options');
  const libraries = await loadLibraries();
  let closing = false;
  const { client, place, safe, notes } = await connect(libraries, url, {
    patience,
    silence,
    onError: (message) => {
      if (!closing) note(`queue ${place}: ${message}`);
    },
  });
  const { FlowProducer, Queue } = libraries.bullmq;
  const shared = { connection: client, prefix };
  const jobs = new Queue<Job>(name, shared);
  const flows = new FlowProducer(shared);
  // The client's errors are told once, by the client.
  jobs.on('error', () => {});
  flows.on('error', () => {});
  await jobs.waitUntilReady();
  const queue: RunQueue = {
    place,
    notes,
    async close() {
      if (closing) return;
      closing = true;
      dropParts(queue);
      await Promise.all([jobs.close(), flows.close()]);
      // Without waiting for a server that is away.
      client.disconnect();
    },
  };
  const keys = new Keys(prefix, name);
  return keepParts(queue, {
    libraries,
    client,
    queue: jobs,
    flows,
    keys,
    prefix,
    name,
    place,
    safe,
    note,
  });
}
