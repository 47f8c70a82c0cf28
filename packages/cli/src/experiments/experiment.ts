import type { Arm } from './arm.ts';
import type { ExperimentFlags } from './experiment-flags.ts';
import type { Published } from './results.ts';

/** An experiment: its flags' defaults, what it trains, and what it is held against. */
export interface Experiment {
  /** Its folder's name, which its runs have too where the user gives them none. */
  readonly name: string;
  /** One sentence, for `--help`. */
  readonly description: string;
  /** Defaults that differ from those of `mnet train`, by key. */
  readonly defaults: Partial<ExperimentFlags>;
  /** What is trained, in this order, for each width and seed. */
  readonly arms: readonly Arm[];
  /** Figures that stand beside ours in the table. */
  readonly published?: readonly Published[];
}
