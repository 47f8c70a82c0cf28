import type { ObjectStore } from '../store/object-store.ts';
import type { Snapshot } from '../store/run-archive.ts';
import type { RunPlace } from './names.ts';
import { attemptKey, json, readJson } from './store-notes.ts';

/** An attempt at a run, as it begins. */
interface Begun {
  readonly worker: string;
  /** ISO 8601. */
  readonly at: string;
  /** What it goes on from; null: it begins anew. */
  readonly from: { readonly attempt: number; readonly number: number } | null;
}

/** How a worker let go of an attempt. */
export interface AttemptEnd {
  readonly kind: 'complete' | 'paused' | 'given back' | 'lost' | 'failed';
  readonly message?: string;
}

/** The attempts at a run. They are noted in the store, so that their numbers hold whatever becomes of Redis. */
export interface Attempts {
  /** The number of the next one. */
  readonly next: number;
  /** How many workers died of it, one after the other, without having stored anything of it. */
  readonly deaths: number;
}

/**
 * Looks through the attempts at a run. A worker that ends, stops, or lost its lease says so; of one that was killed nothing is heard. Where
 * that comes again and again from the same snapshot, the run itself may be what kills: it takes more memory than there is, say.
 */
export async function readAttempts(
  store: ObjectStore,
  place: RunPlace,
  from: Snapshot | undefined,
): Promise<Attempts> {
  const begun: number[] = [];
  const ended = new Set<number>();
  for await (const { key } of store.list(attemptKey(place))) {
    const match = /(\d+)(\.end)?\.json$/.exec(key);
    if (!match) continue;
    if (match[2] === undefined) begun.push(Number(match[1]));
    else ended.add(Number(match[1]));
  }
  begun.sort((a, b) => b - a);
  let deaths = 0;
  for (const number of begun) {
    // What ended well breaks no row: only attempts that were heard of no more count.
    if (ended.has(number)) continue;
    const one = await readJson<Begun>(store, attemptKey(place, number));
    if (!one || !sameStart(one.from, from)) break;
    deaths++;
  }
  return { next: (begun[0] ?? 0) + 1, deaths };
}

function sameStart(a: Begun['from'], b: Snapshot | undefined): boolean {
  if (a === null || b === undefined) return a === null && b === undefined;
  return a.attempt === b.attempt && a.number === b.number;
}

/** Begins an attempt. @returns its number, which no other has */
export async function beginAttempt(
  store: ObjectStore,
  place: RunPlace,
  next: number,
  worker: string,
  from: Snapshot | undefined,
): Promise<number> {
  const begun: Begun = {
    worker,
    at: new Date().toISOString(),
    from: from ? { attempt: from.attempt, number: from.number } : null,
  };
  for (let number = next; ; number++) {
    const content = json({ ...begun });
    if (await store.put(attemptKey(place, number), content, { ifAbsent: true })) return number;
  }
}

export async function endAttempt(
  store: ObjectStore,
  place: RunPlace,
  attempt: number,
  end: AttemptEnd,
): Promise<void> {
  await store.put(attemptKey(place, attempt, '.end.json'), json({ ...end }));
}
