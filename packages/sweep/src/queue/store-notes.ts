import type { JsonValue } from '@mnet/train';
import type { ObjectStore } from '../store/object-store.ts';
import { storeId } from '../store/store-id.ts';
import type { RunPlace } from './names.ts';
import type { StorePlace } from './job-data.ts';

// What the queue keeps in the store, beside the runs' archives: under `queue/`.

/** What a study was when it was put on a queue: the digest of each run, by its id. */
export interface StoredStudy {
  readonly format: 1;
  /** ISO 8601. */
  readonly created: string;
  readonly digests: Readonly<Record<string, string>>;
}

export async function readJson<T>(store: ObjectStore, key: string): Promise<T | undefined> {
  const bytes = await store.get(key);
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch (cause) {
    throw new Error(`store ${store.place}: ${key} is no JSON; remove it if it is not ours`, {
      cause,
    });
  }
}

/** Says which store this is, however it is mounted. */
export async function storePlace(store: ObjectStore): Promise<StorePlace> {
  return { id: await storeId(store), place: store.place };
}

export function studyKey(study: string): string {
  return `queue/${study}/study.json`;
}

/** The numbered steps of a search, one file each. */
export function journalKey(study: string, step?: number): string {
  return `queue/${study}/search/${step === undefined ? '' : `${String(step).padStart(8, '0')}.json`}`;
}

function runKey({ study, run, digest }: RunPlace): string {
  return `queue/${study}/runs/${run}=${digest.slice(0, 12)}`;
}

/** One attempt at a run: `.json` when it begins, `.end.json` when its worker let go of it, `.log` with what a failed one printed. */
export function attemptKey(place: RunPlace, attempt?: number, end = '.json'): string {
  const name = attempt === undefined ? '' : `${String(attempt).padStart(6, '0')}${end}`;
  return `${runKey(place)}/attempts/${name}`;
}

export function json(value: JsonValue): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}
