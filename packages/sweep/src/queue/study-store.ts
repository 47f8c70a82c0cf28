import type { ObjectStore } from '../store/object-store.ts';
import type { RunArchive } from '../store/run-archive.ts';
import type { RunPlace } from './names.ts';

/** Where a study's runs are kept. */
export interface StudyStore {
  readonly store: ObjectStore;
  /** The archive of a run. Runs that differ in their digest must not share one. */
  readonly archive: (place: RunPlace) => RunArchive;
}
