// A worker as a process of its own, for tests that kill it: takes its settings as JSON, writes what it does as lines of JSON.
import { openQueue } from '../../../src/queue/open-queue.ts';
import { startWorker } from '../../../src/queue/start-worker.ts';
import { stopOnSignals } from '../../../src/queue/stop-on-signals.ts';
import type { WorkerOptions } from '../../../src/queue/worker-options.ts';
import { FolderStore } from './folder-store.ts';
import { startToyRun, toyProgram, toyValue, toyWeights } from './toy-runs.ts';

export interface WorkerProcessSettings {
  readonly url: string;
  readonly store: string;
  readonly scratch: string;
  readonly options: WorkerOptions;
}

const say = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
const settings = JSON.parse(process.argv[2]!) as WorkerProcessSettings;
const { url, store: folder, scratch, options } = settings;
const store = new FolderStore(folder);
const queue = await openQueue(url, {
  onNote: (message) => say({ kind: 'note', message }),
}).catch((error: unknown) => {
  say({ kind: 'refused', message: String(error) });
  console.error(error);
  process.exit(3);
});
const worker = await startWorker(
  queue,
  {
    store,
    archive: store.archive,
    scratch,
    startRun: startToyRun,
    program: (name) => (name === 'toy' ? toyProgram : undefined),
    weights: toyWeights,
    value: toyValue,
  },
  { ...options, onEvent: say },
);
stopOnSignals(worker, (signal, second) => say({ kind: 'signal', message: signal, second }));
say({ kind: 'ready', message: worker.name });
await worker.ended;
await queue.close();
say({ kind: 'ended', message: worker.name });
