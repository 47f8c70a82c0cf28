import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openQueue, queueStatus, type QueueStatus } from '@mnet/sweep';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { noRedis, RedisServer, withRedis } from '../../../tools/processes/redis-server.mjs';
import { commandLine, mnet } from './helpers/mnet.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-sweep-queue-'));
const store = join(dir, 'store');
const password = 'correct-horse';
/** Only ends what hangs, as the tests' own timeout does. */
const waiting = { interval: 20, timeout: 600_000 };

/** The digest of a run's final weights, as the name of their file has it. */
const weights = (run: string): string | undefined =>
  readdirSync(join(run, 'model')).find((name) => name.endsWith('.bin'));

describe.skipIf(noRedis)(withRedis('mnet sweep on a queue'), () => {
  let redis: RedisServer;
  let worker: ChildProcess;
  let said = '';
  let url = '';

  /** Keys that no worker looks at but those that a test starts. */
  let alone: readonly string[];
  /** Waits until the queue of these keys has what a test waits for. */
  const seen = async (has: (status: QueueStatus) => boolean): Promise<void> => {
    const queue = await openQueue(url, { prefix: 'alone' });
    onTestFinished(() => queue.close());
    await vi.waitUntil(async () => has(await queueStatus(queue)), waiting);
  };

  beforeAll(async () => {
    redis = await RedisServer.start({ kept: true, flags: ['--requirepass', password] });
    url = `redis://:${password}@127.0.0.1:${redis.port}`;
    alone = ['--queue', url, '--prefix', 'alone'];
    const flags = ['--store', store, '--slots', '2', '--cache', join(dir, 'cache-of-worker')];
    const [node = '', ...words] = commandLine;
    worker = spawn(node, [...words, 'sweep', 'worker', ...flags], {
      env: { ...process.env, MNET_QUEUE: url },
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream?.on('data', (text: Buffer) => {
        said += text.toString();
      });
    }
  });
  afterAll(async () => {
    if (worker.exitCode === null) worker.kill('SIGKILL');
    await redis.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  it('makes teachers and students from pictures of this machine, with the bits of one machine', async () => {
    await pictures(join(dir, 'pictures'));
    const shared = {
      data: join(dir, 'pictures'),
      size: 32,
      width: 0.1,
      strides: 'paper',
      tensorboard: false,
      epochs: 2,
      batchSize: 4,
      batchNormMomentum: 0.9,
      validation: 0.25,
      test: 0.25,
    };
    const study = {
      name: 'taught',
      stages: {
        teacher: { base: { ...shared, model: 'mobilenet_v1' } },
        student: {
          program: 'distill',
          base: { ...shared, teacher: { runOf: 'teacher' }, student: 'mobilenet_v1' },
          grid: { alpha: [0.25, 1] },
        },
      },
    };
    const file = join(dir, 'taught.json');
    writeFileSync(file, JSON.stringify(study));
    const here = await mnet('sweep', 'run', file, '--runs', join(dir, 'here'));
    expect([here.stderr, here.status]).toEqual(['', 0]);
    const args = ['--queue', url, '--store', store, '--runs', join(dir, 'there'), '--weights'];
    const there = await mnet('sweep', 'run', file, ...args, '--cache', join(dir, 'cache'));
    expect([there.status, there.stdout]).toEqual([0, expect.stringContaining('3 of 3 complete')]);
    for (const id of ['teacher', 'student-alpha-0.25', 'student-alpha-1']) {
      const [one, other] = ['here', 'there'].map((at) => weights(join(dir, at, 'taught', id)));
      expect([id, one]).toEqual([id, other]);
    }
    const report = readFileSync(join(dir, 'there', 'taught', 'report.html'), 'utf8');
    expect(report).toContain('student-alpha-0.25');
    for (const text of [there.stdout, there.stderr, report, said]) {
      expect(text).not.toContain(password);
    }
    // The same again joins what is there, and runs nothing.
    const again = await mnet('sweep', 'run', file, ...args, '--cache', join(dir, 'cache'));
    expect([again.status, again.stderr]).toEqual([0, expect.stringContaining('3 ended before')]);
  });

  it('halves a search by trials that pause and go on', async () => {
    const study = {
      name: 'halved',
      base: {
        model: 'mobilenet_v1',
        width: 0.1,
        strides: 'paper',
        dataset: 'shapes10',
        limit: 60,
        batchSize: 30,
        batchNormMomentum: 0.9,
        tensorboard: false,
      },
      search: {
        asha: {
          ranges: { lr: { logUniform: [0.01, 0.3] } },
          trials: 4,
          maxEpochs: 2,
          reduction: 2,
        },
      },
    };
    const file = join(dir, 'halved.json');
    writeFileSync(file, JSON.stringify(study));
    const args = ['--queue', url, '--store', store, '--runs', join(dir, 'there')];
    const { status, stdout } = await mnet('sweep', 'run', file, ...args);
    expect([status, stdout]).toEqual([0, expect.stringContaining('trial-0003')]);
    const report = await mnet('sweep', 'report', join(dir, 'there', 'halved'), '--json', '-');
    const { runs } = JSON.parse(report.stdout) as { runs: { state: string }[] };
    const states = runs.map(({ state }) => state).toSorted();
    expect([...new Set(states)]).toEqual(['complete', 'paused']);
    expect(states).toHaveLength(4);
  });

  it('says what a queue has, and controls it by name', async () => {
    const status = await mnet('sweep', 'status', 'taught', '--queue', url);
    expect(status.stdout).toMatch(/student-alpha-1 +complete/);
    expect(status.stdout).toMatch(/vm|:\d+ +0 +2/);
    const json = await mnet('sweep', 'status', '--queue', url, '--json', '-');
    const { studies } = JSON.parse(json.stdout) as { studies: { name: string }[] };
    expect(studies.map(({ name }) => name)).toEqual(['halved', 'taught']);
    for (const command of ['pause', 'continue', 'cancel', 'remove']) {
      const none = await mnet('sweep', command, 'none', '--queue', url);
      expect([none.status, none.stderr]).toEqual([1, expect.stringContaining("study 'none'")]);
    }
    expect(await mnet('sweep', 'remove', 'halved', '--queue', url)).toMatchObject({ status: 0 });
  });

  it('refuses a wrong password, and does not show it', async () => {
    const wrong = `redis://:wrong-horse@127.0.0.1:${redis.port}`;
    const refused = await mnet('sweep', 'status', '--queue', wrong);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/password/i);
    expect(refused.stderr).not.toContain('wrong-horse');
  });

  it('is left by Ctrl-C with its study on the queue, to be followed again or cancelled', async () => {
    const base = { model: 'mobilenet_v1', dataset: 'shapes10' };
    const ranges = { lr: { logUniform: [0.01, 0.3] } };
    const search = { randomSearch: { ranges, trials: 2 } };
    const study = { name: 'left', stages: { all: { base }, some: { base, search } } };
    const file = join(dir, 'left.json');
    writeFileSync(file, JSON.stringify(study));
    const flags = ['--store', store, '--runs', join(dir, 'there'), '--retries', '0'];
    const more = ['--backoff', '1', '--any-build'];
    vi.stubEnv('npm_lifecycle_event', 'npx');
    onTestFinished(() => void vi.unstubAllEnvs());
    const leaving = mnet('sweep', 'run', file, ...alone, ...flags, ...more);
    await seen(({ studies }) => studies.length === 2);
    process.emit('SIGINT', 'SIGINT');
    const { status, stderr } = await leaving;
    expect(status).toBe(130);
    expect(stderr).toContain('SIGINT: leaving the study: runs under way go on, its search waits');
    expect(stderr).toContain(
      'left; the same command follows it again, npx @mnet/cli sweep cancel left && npx @mnet/cli sweep cancel left.some ends it',
    );
    expect((await mnet('sweep', 'cancel', 'left', ...alone)).stdout).toBe('left: cancelled\n');
    expect((await mnet('sweep', 'status', ...alone)).stdout).toMatch(/^left +cancelled /m);
  });

  it('shows a worker by its name as long as it works, whose temporary folder goes with it', async () => {
    // It ends its process once all is closed.
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const temporary = join(dir, 'temporary');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => {
      exit.mockRestore();
      vi.unstubAllEnvs();
    });
    const flags = ['--store', store, '--name', 'own', '--slots', '3', '--threads', '2'];
    const working = mnet('sweep', 'worker', ...alone, ...flags, '--lease', '5');
    await seen(({ workers }) => workers[0]?.name === 'own');
    expect(readdirSync(temporary)).toHaveLength(1);
    process.emit('SIGINT', 'SIGINT');
    const { stdout, stderr } = await working;
    expect(exit).toHaveBeenCalledExactlyOnceWith();
    expect(stdout).toMatch(/^own: takes runs from redis:.*, 3 at once, to .*store \(mnet, /);
    expect(stderr).toContain('SIGINT: its runs stop at their next step and are given back');
    expect(readdirSync(temporary)).toEqual([]);
    await seen(({ workers }) => workers.length === 0);
  });

  it('ends by Ctrl-C', async () => {
    worker.kill('SIGINT');
    const [code] = (await once(worker, 'exit')) as [number | null];
    expect([code, said]).toEqual([0, expect.stringContaining('given back')]);
  });
});

/** Pictures of two classes, of one colour each. */
async function pictures(folder: string): Promise<void> {
  for (const [name, r, b] of [
    ['red', 200, 20],
    ['blue', 20, 200],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < 8; i++) {
      const background = { r, g: 10 * i, b };
      await sharp({ create: { width: 32, height: 32, channels: 3, background } })
        .png()
        .toFile(join(folder, name, `${i}.png`));
    }
  }
}
