import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { withFolders } from '../study/run-of.ts';
import type { RunArchive } from '../store/run-archive.ts';
import type { RunJob } from './job-data.ts';
import type { RunPlace } from './names.ts';

/** Folders of complete runs that others read, each fetched once by a worker. */
export class NeededRuns {
  readonly #folder: string;
  readonly #archive: (place: RunPlace) => RunArchive;
  readonly #fetched = new Map<string, Promise<string>>();

  constructor(folder: string, archive: (place: RunPlace) => RunArchive) {
    this.#folder = folder;
    this.#archive = archive;
  }

  /**
   * A config in which folders of this machine stand for other runs.
   *
   * @throws Error where one of them is not complete in the store
   */
  async resolve(job: RunJob): Promise<Config> {
    const folders = new Map<string, string>();
    for (const [run, digest] of Object.entries(job.needs)) {
      folders.set(run, await this.#fetch({ study: job.study, run, digest }));
    }
    return withFolders(job.planned.config, (id) => {
      const folder = folders.get(id);
      if (folder !== undefined) return folder;
      throw new RangeError(`config: reads the run '${id}', which is not among what it needs`);
    });
  }

  async #fetch(place: RunPlace): Promise<string> {
    const folder = join(this.#folder, place.study, `${place.run}~${place.digest.slice(0, 12)}`);
    let fetching = this.#fetched.get(folder);
    if (!fetching) {
      fetching = this.#restore(place, folder);
      this.#fetched.set(folder, fetching);
      fetching.catch(() => this.#fetched.delete(folder));
    }
    return fetching;
  }

  async #restore(place: RunPlace, folder: string): Promise<string> {
    if (await stat(folder).catch(() => undefined)) return folder;
    const archive = this.#archive(place);
    const outcome = await archive.outcome();
    if (outcome?.kind !== 'complete') {
      throw new Error(`needs '${place.run}', which has ${outcome ? 'failed' : 'not ended'}`);
    }
    const part = `${folder}.part-${process.pid}`;
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    if (!(await archive.restore(part))) {
      throw new Error(`needs '${place.run}', of whose folder the store has nothing`);
    }
    await rename(part, folder).catch(async (error: unknown) => {
      // Another worker of this machine was faster.
      if (!(await stat(folder).catch(() => undefined))) throw error;
      await rm(part, { recursive: true, force: true });
    });
    return folder;
  }
}
