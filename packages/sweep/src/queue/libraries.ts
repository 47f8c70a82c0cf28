import type * as bullmq from 'bullmq';
import type * as ioredis from 'ioredis';

/** BullMQ and its client, loaded when they are needed: who runs studies on one machine has no use for them. */
export interface Libraries {
  readonly bullmq: typeof bullmq;
  readonly ioredis: Pick<typeof ioredis, 'Redis'>;
}

/** @throws Error with the command that installs them, where they are not there */
export async function loadLibraries(): Promise<Libraries> {
  try {
    const [queue, client] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq: queue, ioredis: client };
  } catch (cause) {
    throw new Error(
      'queue: studies on many machines are queued by the packages bullmq and ioredis, which cannot be loaded; write npm install bullmq ioredis',
      { cause },
    );
  }
}
