import { Layout, ThreadMemory } from '../runtime/layout.ts';

/** What a worker gets when it starts. */
export interface WorkerStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** From 1; the thread that launches is 0. */
  index: number;
  epoch: number;
}

/** A started worker, the same in Node and in a browser. */
export interface Thread {
  /** Ends it now. */
  stop(): void;
  /** Ends it as if it had died, for tests. */
  kill(): void;
}

/** What a worker's owner is told. */
export interface ThreadEvents {
  /** It runs, and serves if its epoch still lasts. */
  come: () => void;
  /** It has ended, with a reason unless `stop` ended it. */
  end: (reason?: string) => void;
}

/** How a host starts a thread; throws where the host refuses. */
export type StartThread = (start: WorkerStart, on: ThreadEvents) => Thread;

// The worker's code as text: no file to locate, so it starts from src/, from dist/ and from any bundle. It says that
// it has come before it serves, as it never returns to its event loop. An error is noted in shared memory, where a
// thread that waits in the kernel sees it.
const serve = `
const serve = ({ module, memory, index, epoch }, come) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const own = ${Layout.threads} + index * ${ThreadMemory.bytes};
  exports.__stack_pointer.value = own + ${ThreadMemory.bytes};
  exports.__wasm_init_tls(own + ${ThreadMemory.scratch});
  exports.setup(${Layout.control}, own);
  const joined = exports.join(epoch);
  come();
  if (!joined) return;
  try {
    exports.serve();
  } catch (error) {
    exports.fail(index);
    throw error;
  }
};`;

export const nodeWorker: string = `${serve}
const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
serve(workerData, () => parentPort.postMessage('come'));`;

export const webWorker: string = `${serve}
self.onmessage = ({ data }) => { serve(data, () => self.postMessage('come')); self.close(); };`;
