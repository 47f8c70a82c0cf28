import { join } from 'node:path';
import type { Arm } from './arm.ts';
import type { ExperimentFlags } from './experiment-flags.ts';

/** One training of an experiment. */
export interface Job<Own = object> {
  readonly arm: Arm<Own>;
  readonly width: number;
  readonly seed: number;
  /** Its folder within the experiment's; empty where the experiment is this one training. */
  readonly folder: string;
}

/** What an experiment is repeated over. */
export type Sweep = Pick<ExperimentFlags, 'width' | 'widths' | 'seed' | 'seeds' | 'onlySeeds'>;

/**
 * The seeds that are trained, in their order.
 *
 * @throws for a seed of `onlySeeds` that is none
 */
export function seedsOf({
  seed,
  seeds,
  onlySeeds,
}: Pick<ExperimentFlags, 'seed' | 'seeds' | 'onlySeeds'>): number[] {
  const all = Array.from({ length: seeds }, (_, i) => seed + i);
  const odd = onlySeeds?.find((each) => !all.includes(each));
  if (odd !== undefined) {
    throw new Error(
      `--only-seeds: got ${odd}, takes some of ${seed} to ${seed + seeds - 1}, as --seed and --seeds say`,
    );
  }
  return all.filter((each) => onlySeeds?.includes(each) ?? true);
}

/**
 * The trainings of an experiment in their order: those of one seed and width follow each other. An arm with a width or a
 * seed of its own comes once.
 *
 * @throws for a width that comes twice, a seed of `onlySeeds` that is none, and two arms of one name
 *
 * @param named whether the arm's name is part of its folder's
 */
export function jobsOf<Own>(arms: readonly Arm<Own>[], sweep: Sweep, named: boolean): Job<Own>[] {
  const { width = 1, widths = [width], seeds } = sweep;
  if (new Set(widths).size < widths.length) {
    throw new Error(`--widths: got ${widths.join(',')}, takes each width once`);
  }
  const jobs = new Map<string, Job<Own>>();
  for (const from of seedsOf(sweep)) {
    for (const each of widths) {
      for (const arm of arms) {
        // Only what differs is in a name.
        const parts = [
          ...(named ? [arm.name] : []),
          ...(widths.length > 1 && arm.width === undefined ? [`width-${each}`] : []),
          ...(seeds > 1 && arm.seed === undefined ? [`seed-${from}`] : []),
        ];
        const folder = parts.join('-');
        const job = { arm, width: arm.width ?? each, seed: arm.seed ?? from, folder };
        const first = jobs.get(folder) ?? job;
        if (first.arm !== arm) throw new Error(`arms: got ${folder} twice, takes each name once`);
        jobs.set(folder, first);
      }
    }
  }
  return [...jobs.values()];
}

/** Whether two trainings belong to the same width and seed, so that the later one may take what the earlier has left. */
export function together(a: Job<never>, b: Job<never>): boolean {
  const alike = (key: 'width' | 'seed'): boolean =>
    a.arm[key] !== undefined || b.arm[key] !== undefined || a[key] === b[key];
  return alike('width') && alike('seed');
}

/** The folder of a job's run. */
export function folderOf(dir: string, { folder }: Pick<Job, 'folder'>): string {
  return folder === '' ? dir : join(dir, folder);
}

/** What names a training in results, tables and reports. */
export interface NamedTraining {
  /** The arm's name. */
  readonly arm: string;
  readonly width: number;
  readonly seed: number;
  /** The run's folder within the experiment's; empty where it is that folder. */
  readonly folder: string;
}

export function namesOf({ arm, width, seed, folder }: Job<never>): NamedTraining {
  return { arm: arm.name, width, seed, folder };
}

/** What names a training where its seed does not matter: its arm and width. */
export function groupOf({ arm, width }: Pick<NamedTraining, 'arm' | 'width'>): string {
  return `${arm} ×${width}`;
}

/** What names a training in tables and reports. */
export function titleOf(training: NamedTraining): string {
  const group = groupOf(training);
  return training.folder === '' ? group : `${group}, seed ${training.seed}`;
}
