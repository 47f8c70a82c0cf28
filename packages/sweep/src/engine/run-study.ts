import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Given, resolve } from '@mnet/core/options';
import { writeStudyPage } from '../report/study-page.ts';
import type { StudyRecord } from '../report/study-record.ts';
import type { StartRun } from '../run/run-process.ts';
import { startRun } from '../run/start-run.ts';
import { type Programs, planOf } from '../study/plan.ts';
import type { Study } from '../study/study.ts';
import { Course } from './course.ts';
import { Journal, readJournal } from './journal.ts';
import { readStudy } from './read-study.ts';
import { runStudyOptions } from './run-study-options.ts';
import {
  checkEdits,
  editsOf,
  readStored,
  removeStudy,
  storedStudy,
  studyPaths,
  writeStored,
} from './study-folder.ts';
import { lockedStudy } from './study-lock.ts';

/** Settings of {@link runStudy}. */
export interface RunStudyOptions extends Given<typeof runStudyOptions> {
  /** The programs that the study's stages name. */
  readonly programs: Programs;
  /** Stops all runs at their next step, to be gone on with by `resume`. */
  readonly signal?: AbortSignal;
  /** How a run's process is started; default {@link startRun}. */
  readonly start?: StartRun;
}

/**
 * Makes the runs of a study on this machine, each as a process of its own, as many at once as there are slots, and writes its report. A
 * run that fails holds up only those that need it. Whatever ends this process, the study goes on with `resume`, and each run
 * ends with the bits of one that was never stopped.
 *
 * @returns what has become of it, also where runs failed
 * @throws Error if the study, its folder or an option is not taken, before anything is begun; the signal's reason where it is aborted
 */
export async function runStudy(study: Study, given: RunStudyOptions): Promise<StudyRecord> {
  const { programs, signal, start = startRun, ...rest } = given;
  const settings = resolve(runStudyOptions, rest, 'runStudy options');
  const { folder, resume, overwrite, acceptEdits, slots: asked, threads: each } = settings;
  const runs = planOf(study, programs);
  const paths = studyPaths(folder);
  checkPlace(folder, resume, overwrite);
  mkdirSync(folder, { recursive: true });
  return await lockedStudy(folder, signal, async (lock) => {
    const before = readStored(folder);
    const stored = storedStudy(study, runs, overwrite ? undefined : before, settings.commands);
    if (before && overwrite) removeStudy(folder, before);
    else if (before)
      checkEdits(editsOf(before, stored), { accepted: acceptEdits, ...hereRules }, folder);
    await writeStored(folder, stored);
    const journal = new Journal(paths.journal);
    try {
      const total = runs.length + stored.searches.reduce((sum, { trials }) => sum + trials, 0);
      const cores = availableParallelism();
      const slots = asked ?? Math.max(1, Math.min(cores, total));
      const threads = each ?? Math.max(1, Math.floor(cores / slots));
      const course = new Course(study, runs, {
        ...settings,
        slots,
        threads,
        programs,
        journal,
        start,
        total,
        write: () => writeStudyPage(paths.report, readStudy(folder)),
      });
      await course.run(lock);
      const record = readStudy(folder);
      writeStudyPage(paths.report, record);
      lock.throwIfAborted();
      return record;
    } finally {
      journal.close();
    }
  });
}

const hereRules = {
  replaces: () => false,
  otherwise: ', or --overwrite to begin it anew',
};

/** @throws Error if something is there and the options do not say what becomes of it */
function checkPlace(folder: string, resume: boolean, overwrite: boolean): void {
  if (resume && overwrite) throw new Error('overwrite: got true with resume, takes one of them');
  const stored = readStored(folder);
  if (stored) {
    if (resume || overwrite) {
      readJournal(studyPaths(folder).journal);
      return;
    }
    throw new Error(
      `${folder}: there is a study already; give --resume to go on with it, --overwrite to replace it, or another name`,
    );
  }
  const others = existsSync(folder)
    ? readdirSync(folder).filter((name) => !name.startsWith('study.lock'))
    : [];
  if (others.length > 0) {
    throw new Error(`${folder}: it holds ${others[0]} and no study; give another name`);
  }
}
