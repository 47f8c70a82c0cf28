import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { nodeWorker, type StartThread } from './worker-source.ts';

/** Threads that this machine runs at once. */
export function cores(): number {
  return availableParallelism();
}

/** Whether threads can be had. */
export function hasThreads(): boolean {
  return true;
}

/** Whether the thread that runs this code may sleep. */
export function mayBlock(): boolean {
  return true;
}

/** Starts a worker thread; it never keeps the process alive. */
export const startThread: StartThread = (start, { come, end }) => {
  // The program's flags and NODE_OPTIONS are its own: a preload or --input-type would run or break the worker too.
  const bare = { execArgv: [], env: {}, stdin: false };
  const worker = new Worker(nodeWorker, { eval: true, workerData: start, ...bare });
  let stopped = false;
  let reason: string | undefined;
  worker.unref();
  worker.once('message', come);
  worker.on('error', (error) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  worker.on('exit', (code) => {
    end(stopped ? undefined : (reason ?? `exit code ${code}`));
  });
  return {
    stop: () => {
      stopped = true;
      void worker.terminate();
    },
    kill: () => void worker.terminate(),
  };
};
