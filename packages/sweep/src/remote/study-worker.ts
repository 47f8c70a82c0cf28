import { readRun } from '@mnet/train';
import type { RunQueue } from '../queue/run-queue.ts';
import { startWorker } from '../queue/start-worker.ts';
import type { QueueWorker, WorkerOptions } from '../queue/worker-options.ts';
import { startRun } from '../run/start-run.ts';
import { metricAt, metricKept } from '../search/metric-of.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Programs } from '../study/plan.ts';
import { archivesIn } from './archives.ts';
import { type InputPlaces, withInputs } from './run-inputs.ts';
import { weightsDigest } from './weights.ts';

/** Settings of {@link startStudyWorker}. */
export interface StudyWorkerOptions extends WorkerOptions {
  /** By name; jobs of other programs are left to other workers. */
  readonly programs: Programs;
  /** A folder of this worker's own on a local disk. */
  readonly scratch: string;
  readonly inputs: InputPlaces;
}

/**
 * Takes runs of studies off a queue and makes them here, until it is stopped. A run is made in a folder of this machine, from the newest
 * snapshot that the store has of it; its checkpoints go to the store as they appear.
 */
export function startStudyWorker(
  queue: RunQueue,
  store: ObjectStore,
  { programs, scratch, inputs, ...options }: StudyWorkerOptions,
): Promise<QueueWorker> {
  const { build } = options;
  return startWorker(
    queue,
    {
      store,
      archive: archivesIn(store),
      scratch,
      startRun,
      program: (name) => programs[name],
      accepts: (job) =>
        build === undefined || job.build === undefined || job.build === build
          ? undefined
          : `it is for workers that compute as its driver does (${job.build}), this one has ${build}`,
      localConfig: (config, signal) => withInputs(config, store, inputs, signal),
      weights: weightsDigest,
      value: async (folder, metric, untilEpoch) => {
        const record = readRun(folder);
        return untilEpoch === undefined
          ? metricKept(record, metric)
          : metricAt(record, metric, untilEpoch);
      },
    },
    options,
  );
}
