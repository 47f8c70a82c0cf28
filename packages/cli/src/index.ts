export { Command } from 'commander';
export { loadData, loadOther } from './data/load-data.ts';
export {
  type Arm,
  type ArmContext,
  type Earlier,
  networkArm,
  networkFor,
  type Trained,
} from './experiments/arm.ts';
export type { Experiment, OwnDeclared } from './experiments/experiment.ts';
export { experimentCommand } from './experiments/experiment-command.ts';
export { type NamedTraining, seedsOf, titleOf } from './experiments/jobs.ts';
export type { ExperimentFlags } from './experiments/experiment-flags.ts';
export { armRows, differencesTo, meanPercent, meanPoints } from './experiments/arm-table.ts';
export {
  type ArmResult,
  type Published,
  publishedOf,
  resultGroups,
  type Results,
} from './experiments/results.ts';
export { readResults } from './experiments/results-file.ts';
export { widthCharts } from './experiments/width-charts.ts';
export type { MeasureContext, Measured, Measurement } from './experiments/measurement.ts';
export { measurementCommand } from './experiments/measurement-command.ts';
export {
  checkTeacher,
  studentArm,
  type TaughtFlags,
  taughtOptions,
  taughtTable,
  teacherArm,
  teacherTraining,
} from './experiments/taught.ts';
export { addSweepFlags, type SweepFlags } from './flags/sweep.ts';
export { addConfigFlag, decided } from './flags/config-file.ts';
export { addDataFlags, type DataFlags, datasetNames } from './flags/data.ts';
export {
  addFlags,
  type AnyOption,
  Flag,
  type FlagExtras,
  flagOf,
  type FlagTable,
  type FlagText,
} from './flags/flag.ts';
export {
  addMakingFlags,
  addNetworkFlags,
  checkNetwork,
  madeNetwork,
  makingKeys,
  type MakingFlags,
  type NetworkFlags,
} from './flags/network.ts';
export { addOutputFlags, type OutputFlags } from './flags/output.ts';
export { addRunFlags, type ResultFlags, runFolder, type RunFlags } from './flags/runs.ts';
export {
  addBackendFlags,
  type BackendName,
  backendNames,
  type BackendFlags,
  useBackend,
} from './flags/backend.ts';
export { type TeacherFlags, teacherMaking } from './flags/teacher.ts';
export { addTrainingFlags, type TrainingFlags, trainOptionsOf } from './flags/training.ts';
export { type DefaultTaps, defaultTaps, innerTaps } from './networks/default-taps.ts';
export { savedModel } from './networks/saved-model.ts';
export { stridesText } from './networks/strides.ts';
export { classifyPictures, type Guessed } from './pictures/classify-pictures.ts';
export { interruptSignal } from './program/interrupt.ts';
export { benchProcess, type BenchOutcome } from './program/bench-process.ts';
export { resultsTable } from './program/results-table.ts';
export { diverged as divergedCode, runProgram } from './program/run-program.ts';
export { runCallbacks } from './runs/run-callbacks.ts';
export { userPath } from './program/user-path.ts';
export { version } from './program/version.ts';
