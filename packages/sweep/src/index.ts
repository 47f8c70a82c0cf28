export * from './options.ts';
export type { Config, Value } from './config.ts';
export { readStudy } from './engine/read-study.ts';
export { type RunStudyOptions, runStudy } from './engine/run-study.ts';
export { type StudyPaths, studyPaths } from './engine/study-folder.ts';
export type { LiveRun, StudyState } from './engine/study-state.ts';
export { studyPage, writeStudyPage } from './report/study-page.ts';
export type { StudyRecord, StudyRun, StudySearch } from './report/study-record.ts';
export { studyTable } from './report/study-table.ts';
export { ownPrograms } from './run/own-program.ts';
export type { OwnRun, OwnRunContext } from './run/own-run.ts';
export type { CommandLine, Program, RunOrder } from './run/program.ts';
export type { RunEnd, RunProcess, RunProgress, RunWatch, StartRun } from './run/run-process.ts';
export { startRun } from './run/start-run.ts';
export { type AshaOptions, asha, ashaOptions } from './search/asha/asha.ts';
export {
  type RandomSearchOptions,
  randomSearch,
  randomSearchOptions,
} from './search/random-search.ts';
export type { Ask, Metric, Search, Searching, Tell, Trial } from './search/search.ts';
export type { SearchRange, SearchRanges } from './search/space/range.ts';
export { choice, integer, logInteger, logUniform, uniform } from './search/space/ranges.ts';
export { type TpeOptions, tpe, tpeOptions } from './search/tpe/tpe.ts';
export type { Expected, ExpectedFile, ObjectStore, StoredFile } from './store/object-store.ts';
export type { RunArchive, RunOutcome, Snapshot } from './store/run-archive.ts';
export { type PlannedRun, planOf, type Programs } from './study/plan.ts';
export { isRunOf, type RunOf, runOf } from './study/run-of.ts';
export {
  type Stage,
  type StageOptions,
  type Study,
  type StudyOptions,
  study,
} from './study/study.ts';
export { loadStudy } from './study/study-file.ts';
export { QueueError, type QueueErrorCode } from './queue/queue-error.ts';
export { cancelStudy, continueStudy, pauseStudy, removeStudy } from './queue/control-study.ts';
export { openQueue } from './queue/open-queue.ts';
export type { QueueOptions, RunQueue } from './queue/run-queue.ts';
export { stopOnSignals } from './queue/stop-on-signals.ts';
export { type QueueStatus, queueStatus } from './queue/queue-status.ts';
export {
  type QueuedRun,
  type QueuedState,
  type QueuedStudy,
  queuedStates,
} from './queue/queued-run.ts';
export type {
  QueueWorker,
  WorkerEvent,
  WorkerInfo,
  WorkerOptions,
} from './queue/worker-options.ts';
export { namesOnQueue } from './remote/names-on-queue.ts';
export { type QueuedStudyOptions, runQueuedStudy } from './remote/queued-study.ts';
export type { InputPlaces } from './remote/run-inputs.ts';
export { startStudyWorker, type StudyWorkerOptions } from './remote/study-worker.ts';
export { openStore, type OpenStoreOptions, openStoreOptions } from './store/open-store.ts';
export { StoreError, type StoreErrorCode } from './store/store-error.ts';
