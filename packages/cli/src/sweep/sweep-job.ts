import type { Programs, Study } from '@mnet/sweep';
import type { SweepRunFlags } from './run-flags.ts';

/** A study that `mnet sweep run` is to make. */
export interface SweepJob {
  /** Its file, as the user wrote it. */
  readonly path: string;
  readonly study: Study;
  readonly programs: Programs;
  /** Its folder, as a whole path. */
  readonly folder: string;
  readonly flags: SweepRunFlags;
}
