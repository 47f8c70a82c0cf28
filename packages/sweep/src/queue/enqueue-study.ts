import { type Given, resolve } from '@mnet/core/options';
import type { ObjectStore } from '../store/object-store.ts';
import type { RunArchive } from '../store/run-archive.ts';
import type { PlannedRun } from '../study/plan.ts';
import { addRuns } from './add-jobs.ts';
import { QueueError } from './queue-error.ts';
import { checkKeyPart } from '../store/keys.ts';
import { eachAtOnce } from '../at-once.ts';
import { enqueueOptions } from './enqueue-options.ts';
import { gateId, jobId, type RunPlace } from './names.ts';
import { type QueueParts, partsOf } from './queue-parts.ts';
import { runDigests } from './run-digest.ts';
import type { RunQueue } from './run-queue.ts';
import { sayChanges, type StudyChanges, studyChanges } from './study-changes.ts';
import {
  type EndedRun,
  noteEnded,
  placeOf,
  readAllRuns,
  readEnded,
  readStudy,
  type RunEntry,
  type StudyEntry,
} from './study-entry.ts';
import { skipped } from './skip.ts';
import { json, readJson, storePlace, type StoredStudy, studyKey } from './store-notes.ts';
import type { StudyStore } from './study-store.ts';

/** Settings of {@link enqueueStudy}. */
export interface EnqueueOptions extends Given<typeof enqueueOptions> {
  /** Whether a study that was edited takes the place of the one that is there; default false: an error says what was edited. */
  readonly accept?: boolean;
}

/** What has become of the runs of a study that was put on a queue. */
export interface Enqueued {
  /** Runs whose jobs were added now, also those that failed for want of something else and are tried again. */
  readonly added: number;
  /** Runs that were on the queue already. */
  readonly there: number;
  /** Runs that wait for others. */
  readonly waiting: number;
  /** Runs that have ended already. */
  readonly ended: number;
  /** What was edited; absent where nothing was. */
  readonly changes?: StudyChanges;
}

/**
 * Puts a study on a queue, or joins it there: what is on the queue is not added again, and what has an outcome in the store is not run
 * again, also where Redis has lost everything. A run that failed for want of something else than itself (a full store, a cancelled
 * study) is added anew. A paused study stays paused; a cancelled one goes on.
 *
 * @param name the study's, of letters, digits, `.`, `_`, `=` and `-`
 * @throws QueueError with the code `edited` where the study that is there under this name is another one, unless `accept`
 */
export async function enqueueStudy(
  queue: RunQueue,
  name: string,
  runs: readonly PlannedRun[],
  { store, archive }: StudyStore,
  { accept = false, ...given }: EnqueueOptions = {},
): Promise<Enqueued> {
  const parts = partsOf(queue);
  const settings = resolve(enqueueOptions, given, 'enqueue options');
  checkRuns(name, runs);
  const digests = runDigests(runs);
  const entries = entriesOf(runs, digests);

  const place = await storePlace(store);
  const before = await register(parts, name, { store, place, digests, accept });
  const there = await readStudy(parts, name);
  const meta: StudyEntry = {
    state: there?.state === 'paused' ? 'paused' : 'active',
    ...settingsOf(settings),
    store: place,
    created: there?.created ?? new Date().toISOString(),
  };
  await writeEntry(parts, name, meta, entries);
  await removeEdited(parts, name, before.inRedis, entries);

  const ended = before.known
    ? await endedInStore(parts, name, entries, archive)
    : new Map<string, EndedRun>();
  const reordered = there !== undefined && there.priority !== meta.priority;
  const counts = await addMissing(parts, name, meta, entries, ended, reordered);
  return { ...counts, ...(before.changes && { changes: before.changes }) };
}

function settingsOf({
  priority,
  attempts,
  backoff,
  build,
}: {
  priority: number;
  attempts: number;
  backoff: number;
  build: string | undefined;
}): Pick<StudyEntry, 'priority' | 'attempts' | 'backoff' | 'build'> {
  return { priority, attempts, backoff, ...(build !== undefined && { build }) };
}

function checkRuns(name: string, runs: readonly PlannedRun[]): void {
  checkKeyPart(name, 'study');
  const ids = new Set<string>();
  for (const { id } of runs) {
    checkKeyPart(id, 'runs: id');
    if (ids.has(id)) throw new RangeError(`runs: '${id}' is there twice`);
    ids.add(id);
  }
}

function entriesOf(
  runs: readonly PlannedRun[],
  digests: ReadonlyMap<string, string>,
): Map<string, RunEntry> {
  const dependants = new Map<string, string[]>(runs.map(({ id }) => [id, []]));
  for (const { id, needs } of runs) for (const need of needs) dependants.get(need)!.push(id);
  return new Map(
    runs.map((planned, order) => [
      planned.id,
      {
        planned,
        order,
        digest: digests.get(planned.id)!,
        needs: Object.fromEntries(planned.needs.map((need) => [need, digests.get(need)!])),
        dependants: dependants.get(planned.id)!,
      },
    ]),
  );
}

interface Registration {
  /** Whether runs of a study of this name may have ended before. */
  readonly known: boolean;
  readonly changes?: StudyChanges;
  readonly inRedis: ReadonlyMap<string, RunEntry>;
}

/** Notes what the study is, in the store, which outlives Redis. */
async function register(
  parts: QueueParts,
  name: string,
  {
    store,
    place,
    digests,
    accept,
  }: {
    store: ObjectStore;
    place: StudyEntry['store'];
    digests: ReadonlyMap<string, string>;
    accept: boolean;
  },
): Promise<Registration> {
  const inRedis = await readAllRuns(parts, name);
  const meta = await readStudy(parts, name);
  if (meta && meta.store.id !== place.id) {
    throw new QueueError(
      'edited',
      `study '${name}': its runs are kept in ${meta.store.place}, got ${place.place}; give it another name, or remove it from the queue first`,
    );
  }
  const key = studyKey(name);
  const study: StoredStudy = {
    format: 1,
    created: new Date().toISOString(),
    digests: Object.fromEntries(digests),
  };
  const content = json({ ...study });
  let stored = await readJson<StoredStudy>(store, key);
  if (!stored && inRedis.size === 0) {
    if (await store.put(key, content, { ifAbsent: true })) return { known: false, inRedis };
    stored = await readJson<StoredStudy>(store, key);
  }
  const old =
    stored?.digests ??
    Object.fromEntries([...inRedis].map(([id, { digest }]) => [id, digest] as const));
  const changes = studyChanges(old, Object.fromEntries(digests));
  if (changes && !accept) {
    throw new QueueError(
      'edited',
      `study '${name}' was edited since it was put on the queue: ${sayChanges(changes)}. Give it another name, or --accept-edits (accept)`,
    );
  }
  if (changes || !stored) {
    await store.put(key, json({ ...study, created: stored?.created ?? study.created }));
  }
  return { known: true, inRedis, ...(changes && { changes }) };
}

async function writeEntry(
  { client, keys }: QueueParts,
  name: string,
  meta: StudyEntry,
  entries: ReadonlyMap<string, RunEntry>,
): Promise<void> {
  const { state, ...entry } = meta;
  const writing = client
    .multi()
    .sadd(keys.studies, name)
    .hset(keys.study(name), { entry: JSON.stringify(entry), state })
    .del(keys.digests(name), keys.runs(name));
  for (const [id, run] of entries) {
    writing.hset(keys.digests(name), id, run.digest).hset(keys.runs(name), id, JSON.stringify(run));
  }
  await writing.exec();
}

/** Takes jobs off the queue whose runs are no longer the study's. A worker that has one of them sees its digest gone, and stops. */
async function removeEdited(
  parts: QueueParts,
  name: string,
  before: ReadonlyMap<string, RunEntry>,
  now: ReadonlyMap<string, RunEntry>,
): Promise<void> {
  for (const [id, entry] of before) {
    if (now.get(id)?.digest === entry.digest) continue;
    await removeJobs(parts, name, entry);
    await parts.client.hdel(parts.keys.ended(name), id);
  }
}

/** Removes a run's jobs unless a worker has them. */
export async function removeJobs(
  { queue }: QueueParts,
  study: string,
  entry: RunEntry,
): Promise<void> {
  const place = placeOf(study, entry);
  // First what waits for it: removing what it waits for would set it off.
  if (entry.dependants.length > 0) await queue.remove(gateId(place), { removeChildren: false });
  await queue.remove(jobId(place, entry.untilEpoch), { removeChildren: false });
}

async function endedInStore(
  parts: QueueParts,
  name: string,
  entries: ReadonlyMap<string, RunEntry>,
  archive: (place: RunPlace) => RunArchive,
): Promise<Map<string, EndedRun>> {
  const ended = new Map<string, EndedRun>();
  await eachAtOnce(entries.values(), 16, async (entry) => {
    const outcome = await archive(placeOf(name, entry)).outcome();
    if (!outcome) return;
    const { kind, message, attempt, worker, weights } = outcome;
    ended.set(entry.planned.id, {
      kind,
      digest: entry.digest,
      attempt,
      worker,
      at: new Date().toISOString(),
      ...(message !== undefined && { message }),
      ...(weights !== undefined && { weights }),
    });
  });
  const noted = await readEnded(parts, name);
  const fresh = [...ended].filter(([id, { digest }]) => noted.get(id)?.digest !== digest);
  await noteEnded(parts, name, Object.fromEntries(fresh));
  return ended;
}

async function addMissing(
  parts: QueueParts,
  name: string,
  meta: StudyEntry,
  entries: ReadonlyMap<string, RunEntry>,
  ended: ReadonlyMap<string, EndedRun>,
  reordered: boolean,
): Promise<Omit<Enqueued, 'changes'>> {
  const counts = { added: 0, there: 0, waiting: 0, ended: ended.size };
  const skips = skipped(entries, ended);
  await noteEnded(parts, name, Object.fromEntries(skips));
  const open = [...entries.values()].filter(
    ({ planned: { id } }) => !ended.has(id) && !skips.has(id),
  );
  counts.ended += skips.size;
  await forgetFailures(parts, name, open);
  const ready = new Set<RunEntry>();
  await eachAtOnce(open, 32, async (entry) => {
    const place = placeOf(name, entry);
    const id = jobId(place, entry.untilEpoch);
    let state = await parts.queue.getJobState(id);
    if (state === 'failed' || state === 'completed') {
      // The store has no outcome of it: it failed for want of something else, or the store lost it.
      await removeJobs(parts, name, entry);
      state = 'unknown';
    }
    if (state === 'unknown') {
      if (entry.planned.needs.every((need) => ended.get(need)?.kind === 'complete')) {
        ready.add(entry);
        counts.added++;
      } else {
        counts.waiting++;
      }
      return;
    }
    counts.there++;
    if (reordered) await changePriority(parts, id, meta.priority);
    if (entry.dependants.length === 0) return;
    // What waits for it may have come to the study since.
    if ((await parts.queue.getJobState(gateId(place))) === 'unknown') ready.add(entry);
  });
  const inOrder = open.filter((entry) => ready.has(entry));
  await addRuns(parts, name, meta, inOrder);
  return counts;
}

async function changePriority({ queue }: QueueParts, id: string, priority: number): Promise<void> {
  const job = await queue.getJob(id);
  // One that is taken in this moment has no place in the order any more.
  await job?.changePriority({ priority }).catch(() => {});
}

/** Of runs that are tried again. */
async function forgetFailures(
  parts: QueueParts,
  name: string,
  open: readonly RunEntry[],
): Promise<void> {
  const noted = await readEnded(parts, name);
  const failures = open
    .map(({ planned }) => planned.id)
    .filter((id) => !['complete', 'paused', undefined].includes(noted.get(id)?.kind));
  if (failures.length > 0) await parts.client.hdel(parts.keys.ended(name), ...failures);
}
