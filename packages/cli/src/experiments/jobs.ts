import { join } from 'node:path';
import type { Arm } from './arm.ts';
import type { ExperimentFlags } from './experiment-flags.ts';

/** One training of an experiment. */
export interface Job {
  readonly arm: Arm;
  readonly width: number;
  readonly seed: number;
  /** Its folder within the experiment's; empty where the experiment is this one training. */
  readonly folder: string;
}

/** The trainings of an experiment in their order: those of one width and seed follow each other. */
export function jobsOf(
  arms: readonly Arm[],
  { width = 1, widths = [width], seed, seeds }: ExperimentFlags,
): Job[] {
  const repeated = Array.from({ length: seeds }, (_, i) => seed + i);
  const jobs = widths.flatMap((each) =>
    repeated.flatMap((from) =>
      arms.map((arm) => {
        // Only what differs is in a name.
        const parts = [
          ...(arms.length > 1 ? [arm.name] : []),
          ...(widths.length > 1 ? [`width-${each}`] : []),
          ...(seeds > 1 ? [`seed-${from}`] : []),
        ];
        return { arm, width: each, seed: from, folder: parts.join('-') };
      }),
    ),
  );
  if (new Set(jobs.map(({ folder }) => folder)).size < jobs.length) {
    throw new Error(`--widths: got ${widths.join(',')}, takes each width once`);
  }
  return jobs;
}

/** The folder of a job's run. */
export function folderOf(dir: string, { folder }: Job): string {
  return folder === '' ? dir : join(dir, folder);
}
