import { Control, Layout } from '../runtime/commands.ts';

/** What a worker gets when it starts. */
export interface WorkerStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** From 0; worker i serves as thread i + 1. */
  index: number;
  epoch: number;
  scratch: number;
}

/** A started worker, the same in Node and in a browser. */
export interface Thread {
  /** Ends it now. */
  stop(): void;
  /** Ends it as if it had died, for tests. */
  kill(): void;
}

/** How a host starts a thread; `onEnd` is called when it has ended, with a reason unless `stop` ended it. */
export type StartThread = (start: WorkerStart, onEnd: (reason?: string) => void) => Thread;

// The worker's code as text: no file to locate, so it starts from src/, from dist/ and from any bundle. An error
// is noted in shared memory, where a thread that waits in the kernel sees it.
const serve = `
const serve = ({ module, memory, index, epoch, scratch }) => {
  try {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    exports.setup(${Layout.control}, scratch);
    exports.serve(epoch);
  } catch (error) {
    const words = new Int32Array(memory.buffer);
    Atomics.store(words, ${(Layout.control + Control.failed) / 4}, index + 1);
    Atomics.add(words, ${(Layout.control + Control.events) / 4}, 1);
    Atomics.notify(words, ${(Layout.control + Control.events) / 4});
    throw error;
  }
};`;

export const nodeWorker: string = `${serve}
serve(require('node:worker_threads').workerData);`;

export const webWorker: string = `${serve}
self.onmessage = ({ data }) => { serve(data); self.close(); };`;
