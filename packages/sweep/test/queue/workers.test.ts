import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import { enqueueStudy } from '../../src/queue/enqueue-study.ts';
import { followStudy } from '../../src/queue/follow-study.ts';
import { partsOf } from '../../src/queue/queue-parts.ts';
import { queueStatus } from '../../src/queue/queue-status.ts';
import { Lab, toyEnd, until, type WorkerProcess } from './helpers/lab.ts';
import { noRedis, RedisServer, withRedis } from '../../../../tools/processes/redis-server.mjs';

describe.skipIf(noRedis)(withRedis('workers that die, stop, or lose their queue'), () => {
  let redis: RedisServer;
  let lab: Lab;

  beforeAll(async () => {
    redis = await RedisServer.start({ kept: true });
  });
  afterAll(() => redis.remove());
  beforeEach(async () => {
    lab = await Lab.open(redis.url);
  });
  afterEach(async () => {
    await partsOf(lab.queue).client.flushall();
    await lab.close();
  });

  async function ended(study: string): Promise<Record<string, string>> {
    let last: Record<string, string> = {};
    for await (const { runs } of followStudy(lab.queue, study, { poll: 50 })) {
      last = Object.fromEntries(runs.map(({ id, state }) => [id, state]));
    }
    return last;
  }

  const long = { epochs: 6, milliseconds: 200 };

  test('killed, or stopped for longer than its lease: another worker goes on from the newest snapshot; no run has two processes at once', async () => {
    const workers = [await lab.process(), await lab.process(), await lab.process()];
    const holder = (run: string): Promise<WorkerProcess> =>
      until(() => workers.find(({ said }) => said.some((each) => each.run === run)));
    await enqueueStudy(lab.queue, 'killed', [lab.run('a', long)], lab.kept);
    const first = await holder('a');
    await until(async () => ((await lab.study('killed')).runs[0]!.epoch ?? 0) >= 2);
    first.child.kill('SIGKILL');
    workers.splice(workers.indexOf(first), 1);
    const second = await holder('a');
    expect(second.said.find(({ kind }) => kind === 'taken')!.message).toMatch(
      /goes on after epoch [1-5]/,
    );
    expect(await ended('killed')).toEqual({ a: 'complete' });
    expect((await lab.study('killed')).runs[0]!.weights).toBe(toyEnd(1, 6));
    expect((await lab.intervals()).get('a')).toHaveLength(2);

    await enqueueStudy(lab.queue, 'stopped', [lab.run('b', { ...long, epochs: 20 })], lab.kept);
    const third = await holder('b');
    await until(async () => ((await lab.study('stopped')).runs[0]!.epoch ?? 0) >= 1);
    third.child.kill('SIGSTOP');
    const fourth = workers.find((worker) => worker !== third)!;
    await fourth.heard('taken', 'b');
    // While the first worker is still stopped, and cannot end its process, the second one's lives.
    await until(async () => (await lab.intervals()).get('b')!.length === 2);
    third.child.kill('SIGCONT');
    expect((await third.heard('lost', 'b')).message).toContain('the lease is lost');
    expect(await ended('stopped')).toEqual({ b: 'complete' });
    expect((await lab.study('stopped')).runs[0]!.weights).toBe(toyEnd(1, 20));
    expect(await lab.overlaps()).toEqual([]);
    // It goes on as a worker.
    fourth.child.kill('SIGKILL');
    await enqueueStudy(lab.queue, 'next', [lab.run('c')], lab.kept);
    expect(await ended('next')).toEqual({ c: 'complete' });
  });

  test('Ctrl-C: the run stops, is kept and given back at once; the second ends the process at once', async () => {
    await enqueueStudy(lab.queue, 'left', [lab.run('a', long)], lab.kept);
    // A lease that outlasts the test: the job must not wait for its end.
    const first = await lab.process({ lease: 600_000 });
    await until(async () => ((await lab.study('left')).runs[0]!.epoch ?? 0) >= 1);
    first.child.kill('SIGINT');
    await first.ended;
    expect(first.child.exitCode).toBe(0);
    expect(first.said.map(({ kind }) => kind)).toContain('given-back');
    expect((await lab.study('left')).runs[0]).toMatchObject({ state: 'waiting', failures: 0 });
    expect((await queueStatus(lab.queue)).workers).toEqual([]);

    await enqueueStudy(
      lab.queue,
      'deaf',
      [lab.run('d', { ...long, epochs: 9999, deaf: true })],
      lab.kept,
      { priority: 1 },
    );
    const second = await lab.process({ lease: 600_000, grace: 600_000 });
    await until(async () => (await lab.intervals()).get('d'));
    second.child.kill('SIGTERM');
    // Its run does not stop.
    await second.heard('signal');
    second.child.kill('SIGTERM');
    await second.ended;
    expect(second.child.exitCode).toBe(143);
    const last = (await lab.intervals()).get('d')![0]!.to;
    await pause(300);
    expect((await lab.intervals()).get('d')![0]!.to).toBe(last);
  });

  test('Redis killed and started again with its append-only file: all goes on', async () => {
    const runs = [1, 2, 3].map((rate) =>
      lab.run(`r${rate}`, { rate, epochs: 5, milliseconds: 150 }),
    );
    await enqueueStudy(lab.queue, 'restarted', [...runs, lab.run('last', {}, ['r1'])], lab.kept);
    await lab.worker({ slots: 2 });
    await until(async () => (await lab.study('restarted')).counts.running === 2);
    await redis.kill();
    await pause(300);
    await redis.begin();
    expect(new Set(Object.values(await ended('restarted')))).toEqual(new Set(['complete']));
    const { runs: rows } = await lab.study('restarted');
    expect(rows.slice(0, 3).map(({ weights }) => weights)).toEqual(
      [1, 2, 3].map((rate) => toyEnd(rate, 5)),
    );
    expect(await lab.overlaps()).toEqual([]);
  });

  test('Redis away for longer than the lease: the worker ends its runs, and takes them again when it is back', async () => {
    await enqueueStudy(lab.queue, 'away', [lab.run('a', { ...long, epochs: 8 })], lab.kept);
    await lab.worker({ lease: 600 });
    await until(async () => ((await lab.study('away')).runs[0]!.epoch ?? 0) >= 1);
    redis.signal('SIGSTOP');
    await until(() => lab.events.some(({ kind }) => kind === 'lost'));
    const before = (await lab.intervals()).get('a')![0]!.to;
    await pause(200);
    expect((await lab.intervals()).get('a')![0]!.to).toBe(before);
    redis.signal('SIGCONT');
    expect(await ended('away')).toEqual({ a: 'complete' });
    expect((await lab.study('away')).runs[0]!.weights).toBe(toyEnd(1, 8));
    expect(await lab.overlaps()).toEqual([]);
  });

  test('a run that takes every worker with it ends as failed after so many of them', async () => {
    await enqueueStudy(lab.queue, 'deadly', [lab.run('a', { dies: true })], lab.kept);
    const options = { lease: 600, check: 200, deaths: 2 };
    for (let death = 0; death < 2; death++) {
      const { ended: dead } = await lab.process(options);
      await dead;
    }
    await lab.worker(options);
    expect(await ended('deadly')).toEqual({ a: 'failed' });
    const [row] = (await lab.study('deadly')).runs;
    expect(row!.reason).toContain('2 workers that had it ended without a word, at its beginning');
  });

  test('an outcome that is in the store already: the job is complete without a run', async () => {
    await enqueueStudy(lab.queue, 'known', [lab.run('a')], lab.kept);
    const parts = partsOf(lab.queue);
    const digest = (await parts.client.hget(parts.keys.digests('known'), 'a'))!;
    await lab.store.archive({ study: 'known', run: 'a', digest }).end({
      kind: 'complete',
      attempt: 4,
      worker: 'elsewhere',
      weights: 'abc',
    });
    await lab.worker();
    expect(await ended('known')).toEqual({ a: 'complete' });
    expect((await lab.study('known')).runs[0]).toMatchObject({
      weights: 'abc',
      worker: 'elsewhere',
    });
    expect(await lab.intervals()).toEqual(new Map());
  });
});
