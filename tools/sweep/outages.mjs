// A study of 24 runs on a queue whose machines fail: `npm run test:outages`. Workers are killed, stopped for longer than their lease and cut
// off from the network, and Redis is killed and started again with its append-only file, in an order that a seed decides, until every
// run has ended. Then each must have ended once, with the bits of the same study on one machine. Needs redis-server on the PATH; to cut workers off, `ip`
// and the right to make network namespaces: without, they say so and are killed and stopped only.
//
//   npm run test:outages -- [--runs 24] [--workers 4] [--lease 4] [--seed 1] [--pause 4] [--calm] [--store s3://...]
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mnetCommand, run } from './mnet.mjs';
import { Network } from './network.mjs';
import { Random } from '@mnet/core/random';
import { RedisServer } from '../processes/redis-server.mjs';
import { Worker } from './worker.mjs';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '24' },
    workers: { type: 'string', default: '4' },
    /** Seconds. */
    lease: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    /** Seconds between two outages, in the mean. */
    pause: { type: 'string', default: '4' },
    /** Without outages. */
    calm: { type: 'boolean', default: false },
    store: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const lease = Number(flags.lease);
const numbers = new Random(Number(flags.seed));
const random = () => numbers.uniform();
const dir = mkdtempSync(join(tmpdir(), 'mnet-outages-'));
const store = flags.store ?? join(dir, 'store');
const started = performance.now();
const counts = { kills: 0, stops: 0, cuts: 0, restarts: 0 };

const network = await Network.make(Number(flags.workers));
const password = randomUUID();
const redis = await RedisServer.start({
  kept: true,
  flags: [
    '--requirepass',
    password,
    // As a queue should have it: once a second, and nothing is evicted.
    '--appendfsync',
    'everysec',
    '--maxmemory-policy',
    'noeviction',
    ...(network.server ? ['--bind', '127.0.0.1', network.server] : []),
  ],
});
/** @type {Worker[]} */
let workers = [];
try {
  const { status } = await all();
  process.exitCode = status;
} finally {
  for (const worker of workers) worker.end();
  await redis.remove();
  await network.remove();
  if (flags.keep) console.log(`kept: ${dir}`);
  else rmSync(dir, { recursive: true, force: true });
}

async function all() {
  const file = join(dir, 'study.json');
  writeFileSync(file, JSON.stringify(study(Number(flags.runs))));
  say(`${flags.runs} runs on this machine, for their bits`);
  await run(['sweep', 'run', file, '--runs', join(dir, 'here')]);
  const expected = weightsOf(join(dir, 'here', 'outages'));

  say(
    `the same on ${flags.workers} workers, a lease of ${lease} s${network.cuts ? '' : '; none can be cut off here'}`,
  );
  workers = Array.from({ length: Number(flags.workers) }, (_, i) => {
    const at = network.namespaces[i];
    return new Worker(i + 1, {
      at,
      url: urlAt(at ? network.server : '127.0.0.1'),
      store,
      lease,
      scratch: join(dir, `scratch-${i + 1}`),
      say,
    });
  });
  for (const worker of workers) worker.start();
  const driver = spawn(
    process.execPath,
    [
      ...mnetCommand,
      'sweep',
      'run',
      file,
      '--runs',
      join(dir, 'there'),
      '--store',
      store,
      '--retries',
      '20',
      '--backoff',
      '1',
      '--weights',
    ],
    {
      env: { ...process.env, MNET_QUEUE: urlAt('127.0.0.1') },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let printed = '';
  driver.stdout.on('data', (text) => {
    printed += text;
  });
  const driven = new Promise((resolve) => driver.once('exit', resolve));
  const ended = new AbortController();
  void driven.then(() => ended.abort());
  const over = () => ended.signal.aborted;
  while (!over()) {
    await Promise.race([driven, sleep(1000 * Number(flags.pause) * (0.25 + 1.5 * random()))]);
    if (!over() && !flags.calm) await outage(over);
    if (performance.now() - started > 30 * 60_000) throw new Error('it does not come to an end');
  }
  const code = await driven;
  console.log(printed.slice(printed.lastIndexOf('\n\n') + 1).trim());
  return judge(expected, code);
}

function urlAt(host) {
  return `redis://:${password}@${host}:${redis.port}`;
}

/** One thing that goes wrong, and is over when it resolves. */
async function outage() {
  const worker = workers[Math.floor(random() * workers.length)];
  const kinds = ['kill', 'stop', ...(worker.at ? ['cut'] : []), 'redis'];
  const kind = kinds[Math.floor(random() * kinds.length)];
  if (kind === 'kill') {
    counts.kills += 1;
    say(`worker ${worker.number} is killed`);
    worker.kill();
    await sleep(1000);
    worker.start();
  } else if (kind === 'stop') {
    counts.stops += 1;
    // The worker alone, or its run with it, as when a machine is suspended.
    const whole = random() < 0.5;
    say(`worker ${worker.number} is stopped for ${2 * lease} s${whole ? ', its run with it' : ''}`);
    const wake = worker.suspend(whole);
    await sleep(2000 * lease);
    wake();
  } else if (kind === 'cut') {
    counts.cuts += 1;
    say(`worker ${worker.number} is cut off for ${2 * lease} s`);
    await network.cut(worker.at);
    await sleep(2000 * lease);
    await network.mend(worker.at);
  } else {
    counts.restarts += 1;
    say('Redis is killed');
    await redis.kill();
    await sleep(500 + 2000 * random());
    await redis.begin();
    say('Redis is there again');
  }
}

/** Whether each run has ended once, with the bits it has on one machine. */
function judge(expected, code) {
  const there = weightsOf(join(dir, 'there', 'outages'));
  const wrong = [...expected].flatMap(([id, weights]) => {
    const got = there.get(id);
    if (got === weights) return [];
    return [`${id}: ${got === undefined ? 'has not ended' : 'ended with other bits'}`];
  });
  const said = flags.store === undefined ? outcomes() : new Map();
  for (const [id, times] of said) if (times !== 1) wrong.push(`${id}: ${times} outcomes`);
  const taken = workers
    .flatMap(({ lines }) => lines)
    .filter((line) => / {2}taken /.test(line)).length;
  const lost = workers
    .flatMap(({ lines }) => lines)
    .filter((line) => / {2}lost /.test(line)).length;
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${expected.size} runs, ${workers.length} workers: ${counts.kills} kills, ${counts.stops} stops, ${counts.cuts} cuts, ${counts.restarts} restarts of Redis; runs were taken ${taken} times, leases lost ${lost} times; ${seconds} s`,
  );
  for (const each of wrong) console.log(`wrong: ${each}`);
  if (code !== 0) console.log(`wrong: the driver ended with ${code}`);
  const well = wrong.length === 0 && code === 0 && expected.size === Number(flags.runs);
  console.log(well ? 'every run ended once, with the bits of one machine' : 'FAILED');
  return { status: well ? 0 : 1 };
}

/** How many outcomes the store has of each run. */
function outcomes() {
  const times = new Map();
  for (const name of readdirSync(join(store, 'studies', 'outages', 'outcomes'))) {
    const [id] = name.split(/\.[\da-f]{12}\.json$/);
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}

/** The digests of the weights in the folders of a study's runs, by their ids. */
function weightsOf(folder) {
  const found = new Map();
  for (const id of readdirSync(folder)) {
    const model = join(folder, id, 'model');
    let names = [];
    try {
      names = readdirSync(model).filter((name) => name.endsWith('.bin'));
    } catch {
      continue;
    }
    const hash = createHash('sha256');
    for (const name of names) hash.update(readFileSync(join(model, name)));
    found.set(id, hash.digest('hex'));
  }
  return found;
}

/** So many trainings of the drawn set, each of some seconds. */
function study(runs) {
  const seeds = Math.ceil(runs / 6);
  return {
    name: 'outages',
    base: {
      model: 'mobilenet_v1',
      strides: 'paper',
      dataset: 'shapes10',
      limit: 1000,
      size: 32,
      epochs: 8,
      batchNormMomentum: 0.5,
      tensorboard: false,
    },
    list: [0.1, 0.15, 0.25]
      .flatMap((width) => [0.02, 0.1].map((lr) => ({ width, lr })))
      .slice(0, Math.min(6, runs)),
    seeds,
  };
}

function say(words) {
  const seconds = String(Math.round((performance.now() - started) / 1000)).padStart(4);
  console.log(`${seconds} s  ${words}`);
}
