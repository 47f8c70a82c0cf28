import type { QueueParts } from './queue-parts.ts';
import type { WorkerInfo } from './worker-options.ts';

/** Shows that a worker lives: what is said of it goes by itself when it is not said again. */
export async function showWorker(
  { client, keys }: QueueParts,
  info: WorkerInfo,
  milliseconds: number,
): Promise<void> {
  await client
    .multi()
    .set(keys.worker(info.id), JSON.stringify(info), 'PX', milliseconds)
    .sadd(keys.workers, info.id)
    .exec();
}

export async function hideWorker({ client, keys }: QueueParts, id: string): Promise<void> {
  await client.multi().del(keys.worker(id)).srem(keys.workers, id).exec();
}

export async function liveWorkers({ client, keys }: QueueParts): Promise<WorkerInfo[]> {
  const ids = await client.smembers(keys.workers);
  if (ids.length === 0) return [];
  const texts = await client.mget(ids.map((id) => keys.worker(id)));
  const gone = ids.filter((_, index) => texts[index] === null);
  if (gone.length > 0) await client.srem(keys.workers, ...gone);
  return texts
    .flatMap((text) => (typeof text === 'string' ? [JSON.parse(text) as WorkerInfo] : []))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
