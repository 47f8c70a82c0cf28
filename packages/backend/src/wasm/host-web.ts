import { type StartThread, webWorker } from './worker-source.ts';

/** Threads that this machine runs at once. */
export function cores(): number {
  return globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Whether threads can be had: a shared memory may be sent to a worker only in a cross-origin isolated page. */
export function hasThreads(): boolean {
  return globalThis.crossOriginIsolated && typeof Worker === 'function';
}

/** Whether the thread that runs this code may sleep: a page's own may not. */
export function mayBlock(): boolean {
  return typeof document === 'undefined';
}

/** Starts a Web Worker (a page's content security policy needs `worker-src blob:`). */
export const startThread: StartThread = (start, { come, end }) => {
  const url = URL.createObjectURL(new Blob([webWorker], { type: 'text/javascript' }));
  const ended = (reason?: string): void => {
    URL.revokeObjectURL(url);
    end(reason);
  };
  let worker: Worker;
  try {
    worker = new Worker(url);
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  }
  worker.addEventListener('message', () => {
    URL.revokeObjectURL(url);
    come();
  });
  worker.addEventListener('error', (event) => {
    ended(event.message || "it could not start: the page's policy must allow worker-src blob:");
  });
  worker.postMessage(start);
  return {
    stop: () => {
      worker.terminate();
      ended();
    },
    kill: () => {
      worker.terminate();
      ended('it was terminated');
    },
  };
};
