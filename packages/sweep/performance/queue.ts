// What one Redis carries, on an idle machine with redis-server on its PATH:
//   npm run queue-rates -w packages/sweep -- --jobs 20000 --workers 4 --slots 16 --leases 2000 --seconds 20 >> performance/queue.jsonl
// The server keeps an append-only file (everysec), as a queue should; store and runs are in memory and do nothing, so that the queue is
// what is measured. One process is driver and workers, and may be slower than the server is: the server's own processor time of each
// thing is said beside the rates, and its inverse is what a core of it carries. Prints one line of JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Redis } from 'ioredis';
import { enqueueStudy } from '../src/queue/enqueue-study.ts';
import { openQueue } from '../src/queue/open-queue.ts';
import { partsOf, type QueueParts } from '../src/queue/queue-parts.ts';
import type { RunQueue } from '../src/queue/run-queue.ts';
import { startWorker } from '../src/queue/start-worker.ts';
import { studyStatus } from '../src/queue/study-status.ts';
import type { QueueWorker } from '../src/queue/worker-options.ts';
import { showWorker } from '../src/queue/worker-registry.ts';
import type { StartRun } from '../src/run/run-process.ts';
import type { ObjectStore } from '../src/store/object-store.ts';
import type { RunArchive, RunOutcome } from '../src/store/run-archive.ts';
import type { PlannedRun } from '../src/study/plan.ts';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '20000' },
    workers: { type: 'string', default: '4' },
    slots: { type: 'string', default: '16' },
    leases: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '20' },
  },
});
const jobs = Number(values.jobs);
const workers = Number(values.workers);
const slots = Number(values.slots);
const leases = Number(values.leases);
const seconds = Number(values.seconds);

/** Files in memory. */
function memoryStore(): ObjectStore {
  const files = new Map<string, Uint8Array>();
  return {
    place: 'memory',
    async put(key, content, { ifAbsent = false } = {}) {
      if (ifAbsent && files.has(key)) return false;
      files.set(key, typeof content === 'string' ? new TextEncoder().encode(content) : content);
      return true;
    },
    putFile: async () => {},
    get: async (key) => files.get(key),
    getFile: async () => false,
    has: async (key) => files.has(key),
    async *list() {
      // Its runs are all tried once: there are no earlier attempts.
    },
    remove: async (key) => void files.delete(key),
    close: async () => {},
  };
}

function memoryArchive(): RunArchive {
  let standing: RunOutcome | undefined;
  return {
    save: async () => {},
    restore: async () => undefined,
    end: async (outcome) => (standing ??= outcome),
    outcome: async () => standing,
  };
}

const startRun: StartRun = () => ({
  end: Promise.resolve({ kind: 'complete' }),
  stop: () => {},
  kill: () => {},
});

/** As long as a run of `mnet train` with a good many flags. */
const runs: PlannedRun[] = Array.from({ length: jobs }, (_, number) => ({
  id: `width-0.5-rate-${number}-seed-1`,
  stage: '',
  program: 'train',
  config: {
    model: 'mobilenet_v2',
    width: 0.5,
    dataset: 'cifar10',
    data: '/data/cifar10',
    epochs: 200,
    batchSize: 128,
    optimizer: 'sgd',
    learningRate: number / jobs,
    momentum: 0.9,
    weightDecay: 0.0005,
    schedule: 'cosine',
    seed: 1,
  },
  values: { learningRate: number / jobs },
  seed: 1,
  needs: [],
}));

interface Cost {
  readonly perSecond: number;
  /** Of the server's processor, for each, in microseconds. */
  readonly serverMicroseconds: number;
}

/** @param work gives how many it did */
async function costOf(client: Redis, work: () => Promise<number>): Promise<Cost> {
  const before = await serverTime(client);
  const start = performance.now();
  const count = await work();
  const elapsed = (performance.now() - start) / 1000;
  const used = (await serverTime(client)) - before;
  return {
    perSecond: Math.round(count / elapsed),
    serverMicroseconds: Math.round((used * 1e7) / count) / 10,
  };
}

async function serverTime(client: Redis): Promise<number> {
  const info = await client.info('cpu');
  const value = (key: string): number => Number(new RegExp(`^${key}:(.*)`, 'm').exec(info)?.[1]);
  return value('used_cpu_user') + value('used_cpu_sys');
}

async function memory(client: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
}

/** Renewals of the leases of as many jobs as there are, and signs of life of as many workers, for so many seconds. */
async function heartbeats(parts: QueueParts): Promise<object> {
  const { client, queue } = parts;
  const keys = Array.from({ length: leases }, (_, number) => queue.toKey(`held-${number}:lock`));
  await Promise.all(keys.map((key) => client.set(key, 'token', 'PX', 600_000)));
  const job = await queue.add('held', {} as never, { jobId: 'held' });
  const renew = (number: number): Promise<unknown> =>
    Object.assign(Object.create(job) as typeof job, { id: `held-${number}` }).extendLock(
      'token',
      600_000,
    );
  let count = 0;
  const until = performance.now() + seconds * 1000;
  const renewal = await costOf(client, async () => {
    while (performance.now() < until) {
      const held = await Promise.all(
        Array.from({ length: Math.min(500, leases) }, (_, n) => renew((count + n) % leases)),
      );
      if (held.some((each) => each !== 1)) throw new Error('a lease was not renewed');
      count += held.length;
    }
    return count;
  });
  let shown = 0;
  const info = { id: '', name: 'host:1', host: 'host', pid: 1, slots: 1, threads: 2, jobs: [] };
  const later = performance.now() + (seconds * 1000) / 2;
  const signs = await costOf(client, async () => {
    while (performance.now() < later) {
      await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          showWorker(
            parts,
            { ...info, id: `w-${(shown + n) % leases}`, started: new Date().toISOString() },
            60_000,
          ),
        ),
      );
      shown += 200;
    }
    return shown;
  });
  return { leaseRenewal: renewal, workerSign: signs };
}

const folder = await mkdtemp(join(tmpdir(), 'mnet-queue-rates-'));
const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = probe.address() as { port: number };
probe.close();
await once(probe, 'close');
const server = spawn(
  'redis-server',
  [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--save',
    '',
  ],
  { stdio: 'ignore' },
);
const opened: RunQueue[] = [];
const started: QueueWorker[] = [];
try {
  const url = `redis://127.0.0.1:${port}`;
  const open = async (): Promise<RunQueue> => {
    for (;;) {
      try {
        const queue = await openQueue(url);
        opened.push(queue);
        return queue;
      } catch {
        await pause(50);
      }
    }
  };
  const queue = await open();
  const parts = partsOf(queue);
  const { client } = parts;
  const store = memoryStore();
  const archives = new Map<string, RunArchive>();
  const archive = ({ run }: { run: string }): RunArchive => {
    const there = archives.get(run) ?? memoryArchive();
    archives.set(run, there);
    return there;
  };
  const kept = { store, archive };
  const empty = await memory(client);
  const enqueue = await costOf(client, async () => {
    await enqueueStudy(queue, 'rates', runs, kept);
    return jobs;
  });
  const perJob = Math.round((await memory(client)) - empty) / jobs;
  const joinAgain = await costOf(client, async () => {
    await enqueueStudy(queue, 'rates', runs, kept);
    return jobs;
  });
  const status = await costOf(client, async () => {
    await studyStatus(parts, 'rates');
    return jobs;
  });
  const complete = await costOf(client, async () => {
    for (let number = 0; number < workers; number++) {
      const own = await open();
      const worker = await startWorker(
        own,
        {
          ...kept,
          scratch: join(folder, `scratch-${number}`),
          startRun,
          program: (name) => ({
            name,
            paths: [],
            seed: 'seed',
            check: () => {},
            command: () => ({ file: '', args: [] }),
          }),
          weights: async () => 'none',
        },
        { slots },
      );
      started.push(worker);
    }
    while ((await client.hlen(parts.keys.ended('rates'))) < jobs) await pause(50);
    return jobs;
  });
  const afterwards = Math.round((await memory(client)) - empty) / jobs;
  await Promise.all(started.map((worker) => worker.stop()));
  const rates = await heartbeats(parts);
  const version = /^redis_version:(\S+)/m.exec(await client.info('server'))?.[1];
  const line = {
    redis: version,
    bullmq: (createRequire(import.meta.url)('bullmq/package.json') as { version: string }).version,
    node: process.version,
    processor: cpus()[0]?.model,
    jobs,
    workers,
    slots,
    leases,
    enqueue,
    joinAgain,
    status,
    claimAndComplete: complete,
    bytesPerWaitingJob: Math.round(perJob),
    bytesPerCompleteJob: Math.round(afterwards),
    ...rates,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
} finally {
  await Promise.all(opened.map((queue) => queue.close()));
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
  await rm(folder, { recursive: true, force: true });
}
