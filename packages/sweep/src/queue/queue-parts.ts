import type { FlowProducer, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Job } from './job-data.ts';
import type { Libraries } from './libraries.ts';
import type { Keys } from './names.ts';
import type { RunQueue } from './run-queue.ts';

/**
 * What a queue is made of. It stands beside the public object, so that the types of optional packages are not needed by who has them
 * not installed.
 */
export interface QueueParts {
  readonly libraries: Libraries;
  readonly client: Redis;
  readonly queue: Queue<Job>;
  readonly flows: FlowProducer;
  readonly keys: Keys;
  readonly prefix: string;
  readonly name: string;
  readonly place: string;
  readonly safe: (text: string) => string;
  readonly note: (message: string) => void;
}

const partsByQueue = new WeakMap<RunQueue, QueueParts>();

export function keepParts(queue: RunQueue, parts: QueueParts): RunQueue {
  partsByQueue.set(queue, parts);
  return queue;
}

export function partsOf(queue: RunQueue): QueueParts {
  const parts = partsByQueue.get(queue);
  if (!parts) throw new TypeError('queue: takes what openQueue gives, before it is closed');
  return parts;
}

export function dropParts(queue: RunQueue): void {
  partsByQueue.delete(queue);
}
