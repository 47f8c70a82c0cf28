import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fingerprint, type Splits } from '@mnet/data';
import { type DatasetInfo, readRun, runPaths } from '@mnet/train';
import type { Command } from 'commander';
import { isDefault } from '../flags/config-file.ts';
import { checkedData, type DataFlags } from '../flags/data.ts';
import { userPath } from '../program/user-path.ts';
import { keptFlags } from './kept-flags.ts';

/**
 * The flags of the data that a run was trained on.
 *
 * @param path the folder of the run, or of its model, or its `model.json`
 * @returns undefined where it is no run of a command
 */
export function dataOfRun(path: string): DataFlags | undefined {
  const dir = runOf(path);
  // Of what is trained beside others, a teacher or an arm of an experiment, the flags are kept with all of it.
  const kept = keptFlags(dir) ?? (existsSync(runPaths(dir).config) && keptFlags(dirname(dir)));
  return kept ? checkedData(kept) : undefined;
}

/** The folder of the run that a saved model belongs to, if it does. */
function runOf(path: string): string {
  const given = userPath(path);
  const model = basename(given) === 'model.json' ? dirname(given) : given;
  const above = dirname(model);
  return runPaths(above).model === model && existsSync(runPaths(above).config) ? above : given;
}

/**
 * What the data flags are that the command line leaves open, so that no picture that a run was trained on is held out now:
 * where both have pictures of a folder, or the same data set, they are the run's. Which weights and which order a seed
 * gives stays the command's own.
 *
 * @param path of the run
 * @param given what the command was told
 */
export function heldOutAsIn(path: string, given: DataFlags, command: Command): Partial<DataFlags> {
  const run = dataOfRun(path);
  if (run === undefined || !isOfOneKind(run, given)) return {};
  const seed = isDefault(command, 'dataSeed') ? { dataSeed: run.dataSeed ?? run.seed } : {};
  if (run.data !== undefined && userPath(run.data) !== userPath(given.data as string)) return seed;
  const shares = (['validation', 'test'] as const).flatMap((key) =>
    isDefault(command, key) && run[key] !== undefined ? [[key, run[key]] as const] : [],
  );
  return { ...seed, ...Object.fromEntries(shares) };
}

function isOfOneKind(run: DataFlags, given: DataFlags): boolean {
  if (run.data !== undefined || given.data !== undefined)
    return run.data !== undefined && given.data !== undefined;
  return run.dataset === given.dataset;
}

/**
 * Says on stderr where a run was trained on as many pictures of the same classes, of which others were held out: these may be
 * the same pictures, and what it was trained on is no test.
 *
 * @param path of the run
 * @param flags those of the data
 */
export function tellOtherParts(path: string, { data }: DataFlags, splits: Splits): void {
  const dir = runOf(path);
  if (data === undefined || !existsSync(runPaths(dir).config)) return;
  const { dataset } = readRun(dir);
  const { fingerprints = {} } = dataset;
  const differ = (['validation', 'test'] as const).filter(
    (part) => splits[part].length > 0 && fingerprints[part] !== fingerprint(splits[part]),
  );
  if (differ.length === 0 || !mayBeSame(dataset, splits)) return;
  const run = dataOfRun(path);
  const was = run && `; there it was --data-seed ${run.dataSeed ?? run.seed}`;
  console.error(
    `note: ${path} was trained on as many pictures of these classes, and others were held out (${differ.join(', ')}): if they are the same pictures, it has seen some of these${was ?? ''}`,
  );
}

function mayBeSame(run: DatasetInfo, { train, validation, test }: Splits): boolean {
  const [now, then] = [train.classes.toSorted(), run.classes.toSorted()];
  const count = train.length + validation.length + test.length;
  return (
    count === run.train + run.validation + run.test &&
    now.length === then.length &&
    now.every((name, i) => name === then[i])
  );
}
