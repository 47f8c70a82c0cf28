import type { BackendFlags } from '../flags/backend.ts';
import type { DataFlags } from '../flags/data.ts';
import type { MakingFlags } from '../flags/network.ts';
import type { RunFlags } from '../flags/runs.ts';
import type { SweepFlags } from '../flags/sweep.ts';
import type { TrainingFlags } from '../flags/training.ts';

/** All that an experiment can be told on the command line, or in a configuration file. */
export interface ExperimentFlags
  extends MakingFlags,
    DataFlags,
    TrainingFlags,
    SweepFlags,
    RunFlags,
    BackendFlags {}
