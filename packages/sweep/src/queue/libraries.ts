/** BullMQ and its client, loaded when they are needed: who runs studies on one machine has no use for them. */
export interface Libraries {
  readonly bullmq: typeof import('bullmq');
  readonly ioredis: Pick<typeof import('ioredis'), 'Redis'>;
}

/** @throws Error with the command that installs them, where they are not there */
export async function loadLibraries(): Promise<Libraries> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, ioredis };
  } catch (cause) {
    throw new Error(
      'queue: studies on many machines are queued by the packages bullmq and ioredis, which cannot be loaded; write npm install bullmq ioredis',
      { cause },
    );
  }
}
