import { checkKeyPart } from './keys.ts';
import type { Snapshot } from './run-archive.ts';

// Where runs lie in a store:
//
//   studies/STUDY/outcomes/RUN.json                         what became of a run, written once
//   studies/STUDY/snapshots/RUN/a0002/s000003-e0012.json    the third snapshot of attempt 2, after 12 epochs: which files it has,
//                                                           written when all of them are there
//   studies/STUDY/blobs/RUN/a0002/SHA256                    their contents
//
// Blobs belong to an attempt: another one, which may still be at work though it was thought dead, neither counts on them nor takes
// them away. Outcomes, snapshots and blobs are apart so that a look at a study is a list of names, without those of blobs.

/** The keys of a run's files. */
export interface RunKeys {
  readonly outcome: string;
  /** What keys of snapshots begin with. */
  readonly snapshots: string;
  snapshotsOf(attempt: number): string;
  snapshot(at: Snapshot): string;
  /** What keys of blobs begin with. */
  readonly blobs: string;
  blobsOf(attempt: number): string;
  blob(attempt: number, sha256: string): string;
}

/** What keys of a study's outcomes, snapshots and blobs begin with. @throws TypeError for a name that a store cannot hold */
export function studyKeys(study: string): { outcomes: string; snapshots: string; blobs: string } {
  checkKeyPart(study, 'study');
  const place = (kind: string): string => `studies/${study}/${kind}/`;
  return { outcomes: place('outcomes'), snapshots: place('snapshots'), blobs: place('blobs') };
}

/** @throws TypeError for names that a store cannot hold */
export function runKeys(study: string, run: string): RunKeys {
  const { outcomes, snapshots, blobs } = studyKeys(study);
  checkKeyPart(run, 'run');
  const outcome = `${outcomes}${run}.json`;
  const attemptOf = (attempt: number): string => `a${String(attempt).padStart(4, '0')}/`;
  const snapshotsOf = (attempt: number): string => `${snapshots}${run}/${attemptOf(attempt)}`;
  const blobsOf = (attempt: number): string => `${blobs}${run}/${attemptOf(attempt)}`;
  return {
    outcome,
    snapshots: `${snapshots}${run}/`,
    snapshotsOf,
    snapshot: ({ attempt, number, epoch }) => {
      const [n, e] = [String(number).padStart(6, '0'), String(epoch).padStart(4, '0')];
      return `${snapshotsOf(attempt)}s${n}-e${e}.json`;
    },
    blobs: `${blobs}${run}/`,
    blobsOf,
    blob: (attempt, sha256) => `${blobsOf(attempt)}${sha256}`,
  };
}

/** Which snapshot a key is of; undefined of another key. */
export function snapshotOf(key: string): Snapshot | undefined {
  const found = /\/a(\d+)\/s(\d+)-e(\d+)\.json$/.exec(key);
  if (!found) return undefined;
  const [attempt, number, epoch] = found.slice(1).map(Number);
  return { attempt: attempt!, number: number!, epoch: epoch! };
}

/** Newer ones first: of a later attempt, then the later one of an attempt. */
export function newestFirst(a: Snapshot, b: Snapshot): number {
  return b.attempt - a.attempt || b.number - a.number;
}
