import { pause } from '@mnet/core/files';
import { integer, type Given, optional, options, resolve } from '@mnet/core/options';
import { QueueError } from './queue-error.ts';
import { type QueueParts, partsOf } from './queue-parts.ts';
import type { RunQueue } from './run-queue.ts';
import type { QueuedState, QueuedStudy } from './queued-run.ts';
import { studyStatus } from './study-status.ts';

/** What {@link FollowOptions} are made of. */
export const followOptions = options({
  /** How often the queue is asked, in milliseconds; default 1000. */
  poll: optional(integer({ min: 10 }), 1000),
});

/** Settings of {@link followStudy}. */
export interface FollowOptions extends Given<typeof followOptions> {
  /** Ends it, without an error. */
  readonly signal?: AbortSignal;
}

const over: readonly QueuedState[] = ['complete', 'failed', 'skipped', 'cancelled', 'removed'];
/** How often a run must be seen as removed: it may just be on its way to the queue. */
const sure = 3;

/**
 * A study as it goes, until all its runs have ended; it can be left and followed again at any time. While Redis is away it waits.
 *
 * @throws QueueError with the code `gone` where Redis has lost the study: enqueue it again, which adds what has no outcome in the store
 */
export async function* followStudy(
  queue: RunQueue,
  study: string,
  { signal, ...given }: FollowOptions = {},
): AsyncGenerator<QueuedStudy, void, undefined> {
  const parts = partsOf(queue);
  const { poll } = resolve(followOptions, given, 'follow options');
  let times = 0;
  const left = new Promise<undefined>((leave) =>
    signal?.addEventListener('abort', () => leave(undefined), { once: true }),
  );
  for (;;) {
    if (signal?.aborted) return;
    // While Redis is away there is no answer; it can be left all the same.
    const status = await Promise.race([statusOrGone(parts, study), left]);
    if (!status) return;
    yield status;
    const open = status.runs.some(({ state }) => !over.includes(state));
    times = open ? 0 : times + 1;
    if (!open && (status.counts.removed === 0 || times >= sure)) return;
    try {
      await pause(poll, signal);
    } catch {
      return;
    }
  }
}

export async function statusOrGone(parts: QueueParts, study: string): Promise<QueuedStudy> {
  const status = await studyStatus(parts, study);
  if (status) return status;
  throw new QueueError(
    'gone',
    `study '${study}': ${parts.place} has lost it; put it on the queue again, which adds what has no outcome yet`,
  );
}
