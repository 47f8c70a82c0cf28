export type { Config, Value } from './config.ts';
export type { CommandLine, Program, RunOrder } from './run/program.ts';
export type { RunEnd, RunProcess, RunProgress, RunWatch, StartRun } from './run/run-process.ts';
export type { Ask, Metric, Search, Searching, Tell, Trial } from './search/search.ts';
export type { StudyRecord, StudyRun } from './report/study-record.ts';
export type { ObjectStore, StoredFile } from './store/object-store.ts';
export type { RunArchive, RunOutcome, Snapshot } from './store/run-archive.ts';
export type { PlannedRun } from './study/plan.ts';
