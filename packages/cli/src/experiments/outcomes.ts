import { posix } from 'node:path';
import { type ReportRun, writeReport } from '@mnet/bench';
import { modelCost } from '@mnet/models';
import { runPaths } from '@mnet/train';
import { writeJson } from '../program/write-json.ts';
import type { Trained } from './arm.ts';
import { type Job, namesOf, type NamedTraining } from './jobs.ts';
import { besideGroups, divergedRun, experimentTitle, jobRun } from './experiment-report.ts';
import { type ArmResult, armResult, type Results } from './results.ts';
import { resultsFile } from './results-file.ts';
import { writeWidthPage } from './width-page.ts';

/** What the trainings of an experiment have come to so far, and the files that say it. */
export class Outcomes {
  readonly results: ArmResult[] = [];
  readonly diverged: NamedTraining[] = [];
  readonly #runs: ReportRun[] = [];
  readonly #dir: string;
  readonly #about: Omit<Results, 'results' | 'diverged'>;

  /** @param dir the experiment's folder */
  constructor(dir: string, about: Omit<Results, 'results' | 'diverged'>) {
    this.#dir = dir;
    this.#about = about;
  }

  /** A training is complete. */
  add(job: Job<never>, { model, record, measured, within = '' }: Trained): void {
    const { params, macs } = modelCost(model);
    this.results.push({
      ...armResult(job, record, { params, macs }),
      ...(within !== '' && { folder: posix.join(job.folder, within) }),
      ...(measured && { measured }),
    });
    this.#runs.push(jobRun(namesOf(job), record, { params, macs }));
  }

  /** A training has diverged, or was not begun since one that it builds on has. */
  addDiverged(job: Job<never>): void {
    const names = namesOf(job);
    this.diverged.push(names);
    const run = divergedRun(this.#dir, names);
    if (run !== undefined) this.#runs.push(run);
  }

  /** Writes `results.json`. */
  writeResults(): Promise<void> {
    const { results, diverged } = this;
    const written: Results = {
      ...this.#about,
      results,
      ...(diverged.length > 0 && { diverged }),
    };
    return writeJson(resultsFile(this.#dir), written);
  }

  /** Writes `report.html`, and the page by width where there are several. */
  writePages(): void {
    const { published } = this.#about;
    const title = experimentTitle(this.#about);
    if (this.#runs.length > 0) {
      writeReport(runPaths(this.#dir).report, this.#runs, {
        title,
        published: besideGroups(this.results, published),
      });
    }
    writeWidthPage(this.#dir, title, this.results, published);
  }
}
