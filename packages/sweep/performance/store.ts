// What one run asks of a store, with redis-server on the PATH:
//   npm run store-requests -w packages/sweep >> performance/store.jsonl
// MobileNetV2 in its whole width, 10 epochs of few drawn pictures, a checkpoint each, by a worker on a queue: requests and bytes do not depend
// on how many pictures there are. Then the driver fetches what a report needs. Requests are counted as an S3 server would get them. Prints one line of JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openQueue } from '../src/queue/open-queue.ts';
import type { RunQueue } from '../src/queue/run-queue.ts';
import { runQueuedStudy } from '../src/remote/queued-study.ts';
import { startStudyWorker } from '../src/remote/study-worker.ts';
import type { Program } from '../src/run/program.ts';
import { countingStore } from '../src/store/counting-store.ts';
import { openStore } from '../src/store/open-store.ts';
import { study } from '../src/study/study.ts';

const epochs = 10;
const declared = study({
  name: 'requests',
  base: {
    model: 'mobilenet_v2',
    strides: 'paper',
    dataset: 'shapes10',
    limit: 200,
    epochs,
    optimizer: 'sgd',
    lr: 0.05,
  },
});

/** `mnet train` of this repository. */
const train: Program = {
  name: 'train',
  seed: 'seed',
  inputs: () => ({}),
  check: () => {},
  command: ({ configFile, folder, threads }) => ({
    file: process.execPath,
    args: [
      fileURLToPath(new URL('../../cli/bin/mnet.js', import.meta.url)),
      'train',
      '--config',
      configFile,
      '--threads',
      `${threads}`,
      '--runs',
      dirname(folder),
      '--name',
      basename(folder),
      '--resume',
    ],
  }),
};

const folder = await mkdtemp(join(tmpdir(), 'mnet-store-requests-'));
const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = probe.address() as { port: number };
probe.close();
await once(probe, 'close');
const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
const server = spawn('redis-server', own, { stdio: 'ignore' });
let queue: RunQueue | undefined;
try {
  while (!queue) {
    queue = await openQueue(`redis://127.0.0.1:${port}`).catch(() => undefined);
    if (!queue) await pause(50);
  }
  const place = join(folder, 'store');
  const workers = countingStore(await openStore(place));
  const drivers = countingStore(await openStore(place));
  const cache = join(folder, 'cache');
  const programs = { train };
  const worker = await startStudyWorker(queue, workers.store, {
    programs,
    scratch: join(folder, 'scratch'),
    inputs: { cache, near: [] },
    progress: 500,
  });
  const record = await runQueuedStudy(declared, queue, drivers.store, {
    folder: join(folder, 'study'),
    cache,
    programs,
  });
  await worker.stop();
  if (record?.runs[0]?.state !== 'complete') throw new Error('the run is not complete');
  const asked = structuredClone(workers.counts);
  let left = 0;
  for await (const { bytes } of workers.store.list('')) left += bytes;
  const line = { checkpoints: epochs + 1, worker: asked, driver: drivers.counts, left };
  process.stdout.write(`${JSON.stringify(line)}\n`);
} finally {
  await queue?.close();
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
  await rm(folder, { recursive: true, force: true });
}
