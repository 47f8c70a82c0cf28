import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fingerprint, type Splits } from '@mnet/data';
import { type DatasetInfo, readRun, runPaths } from '@mnet/train';
import { isDrawn } from '../data/drawn-sets.ts';
import { checkedData, type DataFlags, datasetNames } from '../flags/data.ts';
import { userPath } from '../program/user-path.ts';
import { keptData } from './kept-flags.ts';

/**
 * The flags of the data that a run was trained on.
 *
 * @param path the folder of the run, or of its model, or its `model.json`
 * @returns undefined where it is no run of a command
 */
export function dataOfRun(path: string): DataFlags | undefined {
  const dir = runOf(path);
  const kept = keptData(dir);
  if (kept === undefined) return undefined;
  try {
    return withOwnSet(dir, checkedData(kept));
  } catch (error) {
    throw new Error(`${dir}: ${(error as Error).message}`, { cause: error });
  }
}

/** An arm of an experiment may have another set than its flags name; of that they say nothing more. */
function withOwnSet(dir: string, data: DataFlags): DataFlags {
  if (data.data !== undefined || !existsSync(runPaths(dir).config)) return data;
  const name = readRun(dir).dataset.name.toLowerCase().replace('-', '');
  const own = datasetNames.find((each) => each === name);
  if (own === undefined || own === data.dataset) return data;
  return { ...data, dataset: own, validation: undefined, test: undefined, size: undefined };
}

/** The folder of the run that a saved model belongs to, if it does. */
function runOf(path: string): string {
  const given = userPath(path);
  const model = basename(given) === 'model.json' ? dirname(given) : given;
  const above = dirname(model);
  return runPaths(above).model === model && existsSync(runPaths(above).config) ? above : given;
}

/** What of the data's flags decides which pictures are held out. */
export type HeldOut = Partial<Pick<DataFlags, 'dataSeed' | 'validation' | 'test'>>;

/**
 * What is held out where nobody said it, so that no picture that a run was trained on is held out now: where both have
 * pictures of a folder, or the same data set, it is the run's. Which weights and which order a seed gives stays the
 * command's own.
 *
 * @param path of the run
 * @param given the flags of the data
 * @param isOpen whether nobody has said what a flag is
 */
export function heldOutAsIn(
  path: string,
  given: DataFlags,
  isOpen: (key: keyof HeldOut) => boolean,
): HeldOut {
  const run = dataOfRun(path);
  if (run === undefined || !isOfOneKind(run, given)) return {};
  const seed = isOpen('dataSeed') ? { dataSeed: run.dataSeed ?? run.seed } : {};
  // So many pictures of one folder may be all of another; a share is one of any.
  const isSame = run.data === undefined || userPath(run.data) === userPath(given.data as string);
  const parts = (['validation', 'test'] as const).flatMap((part) => {
    const size = run[part];
    return size !== undefined && isOpen(part) && (isSame || size < 1)
      ? [[part, size] as const]
      : [];
  });
  return { ...seed, ...Object.fromEntries(parts) };
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
export function tellOtherParts(path: string, flags: DataFlags, splits: Splits): void {
  const { data, dataset, seed, dataSeed = seed } = flags;
  const dir = runOf(path);
  // Drawn by another seed, pictures are others.
  if ((data === undefined && isDrawn(dataset)) || !existsSync(runPaths(dir).config)) return;
  const run = readRun(dir).dataset;
  const { fingerprints = {} } = run;
  if (!mayBeSame(run, splits)) return;
  const differ = (['validation', 'test'] as const).filter(
    (part) => splits[part].length > 0 && fingerprints[part] !== fingerprint(splits[part]),
  );
  if (differ.length === 0) return;
  console.error(
    `note: ${path} was trained on as many pictures of these classes, and others were held out (${differ.join(', ')}): if they are the same pictures, it has seen some of these${wasBy(path, dataSeed)}`,
  );
}

/** What would hold out the same, as far as that is known: earlier versions held out others by the same seed. */
function wasBy(path: string, dataSeed: number): string {
  const run = dataOfRun(path);
  const before = run && (run.dataSeed ?? run.seed);
  return before === undefined || before === dataSeed ? '' : `; there it was --data-seed ${before}`;
}

function mayBeSame(run: DatasetInfo, { train, validation, test }: Splits): boolean {
  const [now, then] = [train.classes.toSorted(), run.classes.toSorted()];
  const count = train.length + validation.length + test.length;
  return (
    count === run.train + run.validation + run.test &&
    // Of another size, the same pictures have other fingerprints.
    train.shape.join() === run.shape.join() &&
    now.length === then.length &&
    now.every((name, i) => name === then[i])
  );
}
