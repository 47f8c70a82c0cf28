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
export const startThread: StartThread = (start, onEnd) => {
  const url = URL.createObjectURL(new Blob([webWorker], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.addEventListener('error', (event) => onEnd(event.message || 'the worker could not start'));
  worker.postMessage(start);
  return {
    stop: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
      onEnd();
    },
    kill: () => {
      worker.terminate();
      onEnd('it was terminated');
    },
  };
};
