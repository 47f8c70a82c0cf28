import type { Config, Value } from '../config.ts';

/** One run that a study is made of, known before anything is begun. */
export interface PlannedRun {
  /** Its name in the study, which is its folder's: `student-width-0.5-seed-2`. */
  readonly id: string;
  /** The stage it belongs to; empty in a study of one stage. */
  readonly stage: string;
  /** The name of its program. */
  readonly program: string;
  /** Its settings, seed included. A value `{ runOf: id }` stands for the folder of another run of the study. */
  readonly config: Config;
  /** What sets it apart from others of its stage: the values of the axes, without the seed. */
  readonly values: Readonly<Record<string, Value>>;
  readonly seed?: number;
  /** Ids of the runs that must be complete before it begins. */
  readonly needs: readonly string[];
}
