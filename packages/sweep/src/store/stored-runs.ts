import { eachAtOnce } from '../at-once.ts';
import type { ObjectStore } from './object-store.ts';
import type { Snapshot } from './run-archive.ts';
import { newestFirst, runKeys, snapshotOf, studyKeys } from './run-layout.ts';
import { decodeManifest } from './run-manifest.ts';
import { decodeOutcome } from './run-outcome.ts';
import { nameOf } from './store-error.ts';

/** A run of a study, as its names in the store tell. */
export interface StoredRunInfo {
  readonly run: string;
  /** Whether it has an outcome, which `runArchive(…).outcome()` reads. */
  readonly ended: boolean;
  /** The newest snapshot of its last attempt. */
  readonly snapshot?: Snapshot;
}

/** The studies that a store has runs of, in the order of their names. Requests: 1 LIST for each 1,000. */
export async function storedStudies(store: ObjectStore): Promise<string[]> {
  const studies: string[] = [];
  for await (const name of store.folders('studies/')) studies.push(name);
  return studies;
}

/**
 * The runs of a study that a store knows, in the order of their names. Requests: 1 LIST for each 1,000 outcomes, and for each 1,000
 * snapshots, of which a run has two an attempt.
 */
export async function storedRuns(store: ObjectStore, study: string): Promise<StoredRunInfo[]> {
  const { outcomes, snapshots } = studyKeys(study);
  const ended = new Set<string>();
  const newest = new Map<string, Snapshot>();
  for await (const { key } of store.list(outcomes)) {
    if (key.endsWith('.json')) ended.add(key.slice(outcomes.length, -'.json'.length));
  }
  for await (const { key } of store.list(snapshots)) {
    const at = snapshotOf(key);
    const run = key.slice(snapshots.length).split('/')[0] as string;
    const before = newest.get(run);
    if (at && (!before || newestFirst(at, before) < 0)) newest.set(run, at);
  }
  const runs = [...new Set([...ended, ...newest.keys()])].toSorted();
  return runs.map((run) => {
    const snapshot = newest.get(run);
    return { run, ended: ended.has(run), ...(snapshot && { snapshot }) };
  });
}

/**
 * Removes what a run that is complete needs no more: all but the last snapshot of the attempt whose outcome stands. Nothing is removed of
 * a run that has failed, is under way, or whose last snapshot is not in the store. To be called when no attempt is at work any more.
 *
 * @returns how many files were removed
 */
export async function tidyRun(store: ObjectStore, study: string, run: string): Promise<number> {
  const keys = runKeys(study, run);
  const content = await store.get(keys.outcome);
  if (content === undefined) return 0;
  const { kind, attempt } = decodeOutcome(content, nameOf(store.place, keys.outcome));
  if (kind !== 'complete') return 0;
  const snapshots: { key: string; at: Snapshot }[] = [];
  for await (const { key } of store.list(keys.snapshots)) {
    const at = snapshotOf(key);
    if (at) snapshots.push({ key, at });
  }
  const last = snapshots
    .filter(({ at }) => at.attempt === attempt)
    .toSorted((a, b) => newestFirst(a.at, b.at))[0];
  const manifest = last && (await store.get(last.key));
  if (!manifest) return 0;
  const kept = new Set(
    decodeManifest(manifest, last.at).files.map(({ sha256 }) => keys.blob(attempt, sha256)),
  );
  const blobs: string[] = [];
  for await (const { key } of store.list(keys.blobs)) blobs.push(key);
  if ([...kept].some((key) => !blobs.includes(key))) return 0;
  const lists = snapshots.map(({ key }) => key).filter((key) => key !== last.key);
  const unused = blobs.filter((key) => !kept.has(key));
  // Lists first: where it is killed on the way, none is left without its files.
  await eachAtOnce(lists, 4, (key) => store.remove(key));
  await eachAtOnce(unused, 4, (key) => store.remove(key));
  return lists.length + unused.length;
}
