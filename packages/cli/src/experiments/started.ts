import { existsSync, readFileSync } from 'node:fs';
import { readRun, runPaths } from '@mnet/train';
import type { Results } from './results.ts';
import { resultsFile } from './results-file.ts';

/** When the experiment was begun, and what it replaces, as far as its folder says so. */
export function startOf(dir: string): Partial<Pick<Results, 'started' | 'replaces'>> {
  const file = resultsFile(dir);
  if (!existsSync(file)) return {};
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Partial<Results> | null) ?? {};
  } catch {
    return {};
  }
}

/** When the first of some runs was begun; undefined where none of them says so. */
export function firstOf(runs: readonly string[]): string | undefined {
  return runs
    .map(dateOf)
    .filter((date) => date !== undefined)
    .toSorted()[0];
}

/** Whether a folder holds a run of the experiment that is being replaced, which was to be replaced when its turn came. */
export function isReplaced(run: string, replaces: string | undefined): boolean {
  const date = dateOf(run);
  return replaces !== undefined && date !== undefined && date < replaces;
}

function dateOf(run: string): string | undefined {
  if (!existsSync(runPaths(run).config)) return undefined;
  try {
    return readRun(run).date;
  } catch {
    // What is wrong with it is told where it is gone on with.
    return undefined;
  }
}
