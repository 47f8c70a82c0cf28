import type { RunPlace } from '../queue/names.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { RunArchive } from '../store/run-archive.ts';
import { runArchive } from '../store/stored-run.ts';

/** The archives of runs in a store. One that was edited has another digest, and an archive of its own. */
export function archivesIn(store: ObjectStore): (place: RunPlace) => RunArchive {
  return ({ study, run, digest }) => runArchive(store, study, `${run}.${digest.slice(0, 12)}`);
}
