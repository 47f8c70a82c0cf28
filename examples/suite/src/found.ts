import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readResults, type Results } from '@mnet/cli';
import { readRun, type RunRecord, runPaths } from '@mnet/train';

/** An experiment whose results lie in a folder. */
export interface Found extends Results {
  /** The folder's name. */
  readonly folder: string;
  /** The record of each of its results, in their order; undefined of a run that cannot be read. */
  readonly records: readonly (RunRecord | undefined)[];
}

/** What a folder of runs holds. */
export interface FoundRuns {
  readonly experiments: readonly Found[];
  /** Folders that have a report of their own, and no results of the form that experiments share. */
  readonly others: readonly string[];
  /** What could not be read, and why. */
  readonly broken: readonly string[];
}

/** Looks through a folder of runs, also of runs that were made one by one. */
export function foundIn(runs: string): FoundRuns {
  const folders = existsSync(runs) ? readdirSync(runs).toSorted() : [];
  const experiments: Found[] = [];
  const others: string[] = [];
  const broken: string[] = [];
  for (const folder of folders) {
    const dir = join(runs, folder);
    try {
      const results = readResults(dir);
      if (results)
        experiments.push({ ...results, folder, records: recordsOf(dir, results, broken) });
      else if (existsSync(runPaths(dir).report)) others.push(folder);
    } catch (error) {
      broken.push(`${folder}: ${(error as Error).message}`);
    }
  }
  return { experiments, others, broken };
}

function recordsOf(dir: string, { results }: Results, broken: string[]): Found['records'] {
  return results.map(({ folder }) => {
    try {
      return readRun(join(dir, folder));
    } catch (error) {
      broken.push((error as Error).message);
      return undefined;
    }
  });
}
