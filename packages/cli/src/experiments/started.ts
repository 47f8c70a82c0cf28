import { existsSync, readFileSync } from 'node:fs';
import { readRun, runPaths } from '@mnet/train';
import type { Results } from './results.ts';
import { resultsFile } from './results-file.ts';

/** When the experiment was begun, ISO 8601; undefined where its folder does not say. */
export function startOf(dir: string): string | undefined {
  const file = resultsFile(dir);
  if (!existsSync(file)) return undefined;
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Partial<Results> | null)?.started;
  } catch {
    return undefined;
  }
}

/** When the first of some runs was begun; undefined where none of them says so. */
export function firstOf(runs: readonly string[]): string | undefined {
  return runs
    .map(dateOf)
    .filter((date) => date !== undefined)
    .toSorted()[0];
}

/**
 * Whether a folder holds a run from before the experiment was begun: of one that is being replaced, and was to be replaced
 * when its turn came.
 */
export function isFromBefore(run: string, started: string): boolean {
  const date = dateOf(run);
  return date !== undefined && date < started;
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
