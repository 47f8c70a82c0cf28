import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedTraining } from './jobs.ts';
import type { Results } from './results.ts';

/** The file of an experiment's figures. */
export const resultsFile = (dir: string): string => join(dir, 'results.json');

/**
 * The results that an experiment has written into its folder; undefined where there are none, or they are of another form.
 *
 * @throws where figures are missing, or the file is no JSON
 */
export function readResults(dir: string): Results | undefined {
  const file = resultsFile(dir);
  if (!existsSync(file)) return undefined;
  const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<Results> | null;
  const isOurs = Array.isArray(value?.results) && typeof value.experiment === 'string';
  if (!isOurs) return undefined;
  const results = value as Results;
  const isWhole =
    results.results.every((result) => isTraining(result) && isText(result.dataset)) &&
    (results.diverged === undefined || isTrainings(results.diverged));
  if (isWhole && Array.isArray(results.published)) return results;
  throw new Error('results.json has not all figures; the experiment writes it anew with --resume');
}

const isTraining = (value: NamedTraining | undefined): boolean =>
  [value?.folder, value?.arm].every(isText) && [value?.width, value?.seed].every(Number.isFinite);

const isTrainings = (value: unknown): boolean => Array.isArray(value) && value.every(isTraining);

const isText = (value: unknown): boolean => typeof value === 'string';
