import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  cancelStudy,
  continueStudy,
  pauseStudy,
  removeStudy,
} from '../../src/queue/control-study.ts';
import { enqueueStudy } from '../../src/queue/enqueue-study.ts';
import { followStudy } from '../../src/queue/follow-study.ts';
import { partsOf } from '../../src/queue/queue-parts.ts';
import { queueStatus } from '../../src/queue/queue-status.ts';
import { FolderStore } from './helpers/folder-store.ts';
import { Lab, toyEnd, until } from './helpers/lab.ts';
import { startToyRun, toyProgram } from './helpers/toy-runs.ts';
import { noRedis, RedisServer, withRedis } from '../../../../tools/processes/redis-server.mjs';

describe.skipIf(noRedis)(withRedis('runs on a queue'), () => {
  let redis: RedisServer;
  let lab: Lab;

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.remove());
  beforeEach(async () => {
    lab = await Lab.open(redis.url);
  });
  afterEach(async () => {
    const { client } = partsOf(lab.queue);
    await client.flushall();
    await lab.close();
  });

  async function ended(study: string): Promise<Record<string, string>> {
    let last: Record<string, string> = {};
    for await (const { runs } of followStudy(lab.queue, study, { poll: 50 })) {
      last = Object.fromEntries(runs.map(({ id, state }) => [id, state]));
    }
    return last;
  }

  test('a study put on the queue twice is there once, and each run ends with the bits of one machine', async () => {
    const runs = [lab.run('a', { rate: 1 }), lab.run('b', { rate: 2 }), lab.run('c', { rate: 3 })];
    expect(await enqueueStudy(lab.queue, 'twice', runs, lab.kept)).toEqual({
      added: 3,
      there: 0,
      waiting: 0,
      ended: 0,
    });
    expect(await enqueueStudy(lab.queue, 'twice', runs, lab.kept)).toEqual({
      added: 0,
      there: 3,
      waiting: 0,
      ended: 0,
    });
    expect(await lab.states('twice')).toEqual({ a: 'waiting', b: 'waiting', c: 'waiting' });
    await lab.worker({ slots: 2 });
    expect(await ended('twice')).toEqual({ a: 'complete', b: 'complete', c: 'complete' });
    const { runs: rows } = await lab.study('twice');
    expect(rows.map(({ weights }) => weights)).toEqual([1, 2, 3].map((rate) => toyEnd(rate)));
    expect(lab.events.filter(({ kind }) => kind === 'taken')).toHaveLength(3);
    expect((await enqueueStudy(lab.queue, 'twice', runs, lab.kept)).ended).toBe(3);
  });

  test('a run that Redis lost is taken anew by its own worker, whose attempt before still ends', async () => {
    const runs = [lab.run('a', { epochs: 4, milliseconds: 100 })];
    const folders: string[] = [];
    let go: () => void = () => {};
    const second = new Promise<void>((resolve) => (go = resolve));
    await lab.worker(
      // It does not look at its study while there is none: then it would give the run back before it is lost.
      { slots: 2, poll: 600_000 },
      {
        startRun: (program, order, watch) => {
          folders.push(order.folder);
          if (folders.length > 1) {
            return startToyRun(program, order, {
              ...watch,
              // From here on what ends with the first attempt must not touch this one.
              onEpoch: (epoch) => {
                go();
                watch?.onEpoch?.(epoch);
              },
            });
          }
          // It stores no epoch: on a busy machine it may end before it is lost, and the next would have none left to make.
          const child = startToyRun(program, order, { ...watch, onEpoch: () => {} });
          const end = child.end.then(async (how) => {
            await second;
            return how;
          });
          return { ...child, end };
        },
      },
    );
    await enqueueStudy(lab.queue, 'lost', runs, lab.kept);
    await until(() => lab.events.some(({ kind }) => kind === 'taken'));
    await partsOf(lab.queue).client.flushall();
    await enqueueStudy(lab.queue, 'lost', runs, lab.kept);
    expect(await ended('lost')).toEqual({ a: 'complete' });
    await until(() => lab.events.some(({ kind }) => kind === 'lost'));
    expect(new Set(folders).size).toBe(2);
    expect(lab.events.filter(({ kind }) => kind === 'retried' || kind === 'failed')).toEqual([]);
    const [row] = (await lab.study('lost')).runs;
    expect(row?.weights).toBe(toyEnd(1, 4));
  });

  test('a run whose study Redis has lost is stored, and goes on from there when the study is put on the queue again', async () => {
    const runs = [lab.run('a', { epochs: 4, milliseconds: 300 })];
    await enqueueStudy(lab.queue, 'gone', runs, lab.kept);
    await lab.worker({ poll: 50 });
    await until(async () => ((await lab.study('gone')).runs[0]!.epoch ?? 0) >= 1);
    await partsOf(lab.queue).client.flushall();
    const lost = await until(() => lab.events.find(({ kind }) => kind === 'lost'));
    expect(lost).toMatchObject({
      study: 'gone',
      run: 'a',
      message: expect.stringContaining('Redis has nothing of its study any more') as string,
    });
    expect(lab.events.filter(({ kind }) => kind === 'cancelled')).toEqual([]);
    await enqueueStudy(lab.queue, 'gone', runs, lab.kept);
    expect(await ended('gone')).toEqual({ a: 'complete' });
    const taken = lab.events.filter(({ kind }) => kind === 'taken');
    expect(taken.map(({ message }) => message)).toEqual([
      'begins',
      expect.stringMatching(/^goes on after epoch [1-3]$/),
    ]);
    expect((await lab.study('gone')).runs[0]!.weights).toBe(toyEnd(1, 4));
  }, 30_000);

  test('status names workers, and what a run is at', async () => {
    // Long enough to be seen at it.
    const slow = lab.run('slow', { epochs: 2, milliseconds: 1500 });
    await enqueueStudy(lab.queue, 'seen', [slow], lab.kept, { priority: 7 });
    const worker = await lab.worker({ slots: 3, threads: 2, version: '1.2.3', build: 'x86-64-v3' });
    const running = await until(async () => {
      const { runs } = await lab.study('seen');
      return runs[0]!.epoch === 1 ? runs[0] : undefined;
    });
    expect(running).toMatchObject({
      state: 'running',
      worker: worker.name,
      epoch: 1,
      epochs: 2,
      validationAccuracy: 1 / 3,
      starts: 1,
      failures: 0,
    });
    const { workers, studies } = await queueStatus(lab.queue);
    expect(workers).toMatchObject([
      { name: worker.name, slots: 3, threads: 2, version: '1.2.3', build: 'x86-64-v3' },
    ]);
    expect(studies[0]).toMatchObject({ name: 'seen', priority: 7, store: lab.store.place });
    await ended('seen');
    await worker.stop();
    expect((await queueStatus(lab.queue)).workers).toEqual([]);
  });

  test('runs begin when all that they need is complete, and read it', async () => {
    const runs = [
      lab.run('teacher', { rate: 9 }),
      lab.run('other', { rate: 8 }),
      lab.run('student-1', { reads: { runOf: 'teacher' } }, ['teacher']),
      lab.run('student-2', { rate: 2 }, ['teacher', 'other']),
      lab.run('last', { rate: 3 }, ['student-1', 'student-2']),
    ];
    expect(await enqueueStudy(lab.queue, 'flow', runs, lab.kept)).toMatchObject({
      added: 2,
      waiting: 3,
    });
    expect(await lab.states('flow')).toMatchObject({ teacher: 'waiting', 'student-1': 'needs' });
    await lab.worker({ slots: 2 });
    await lab.worker({ slots: 2 });
    const states = await ended('flow');
    expect(new Set(Object.values(states))).toEqual(new Set(['complete']));
    const times = await lab.intervals();
    const end = (id: string): number => times.get(id)![0]!.to;
    const begin = (id: string): number => times.get(id)![0]!.from;
    expect(begin('student-2')).toBeGreaterThanOrEqual(Math.max(end('teacher'), end('other')));
    expect(begin('last')).toBeGreaterThanOrEqual(Math.max(end('student-1'), end('student-2')));
    expect([...times.values()].map((all) => all.length)).toEqual([1, 1, 1, 1, 1]);
    const { runs: rows } = await lab.study('flow');
    // It begins with what its teacher's state is.
    expect(rows.find(({ id }) => id === 'student-1')!.weights).not.toBe(toyEnd(1));
  });

  test('a run that fails is tried again from its checkpoint; one that fails for good is named with its output, and does not hold up others', async () => {
    const runs = [
      lab.run('again', { failsAt: 2, failsOnce: true }),
      lab.run('diverges', { failsAt: 2, final: true }),
      lab.run('always', { failsAt: 1 }),
      lab.run('fine', { rate: 4 }),
      lab.run('needs-it', {}, ['diverges']),
      lab.run('needs-that', {}, ['needs-it', 'fine']),
    ];
    await enqueueStudy(lab.queue, 'fails', runs, lab.kept, { attempts: 2, backoff: 100 });
    await lab.worker({ slots: 2 });
    const states = await ended('fails');
    expect(states).toEqual({
      again: 'complete',
      diverges: 'failed',
      always: 'failed',
      fine: 'complete',
      'needs-it': 'skipped',
      'needs-that': 'skipped',
    });
    const { runs: rows } = await lab.study('fails');
    const reason = (id: string): string => rows.find((row) => row.id === id)!.reason!;
    expect(rows[0]!.weights).toBe(toyEnd(1));
    expect(rows.map(({ id, failures, starts }) => [id, failures, starts])).toEqual([
      ['again', 1, 2],
      ['diverges', 1, 1],
      ['always', 2, 2],
      ['fine', 0, 1],
      ['needs-it', 0, 0],
      ['needs-that', 0, 0],
    ]);
    expect(reason('diverges')).toContain('the toy broke');
    expect(reason('diverges')).toContain('the toy broke at epoch 2');
    expect(reason('needs-it')).toBe("it needs 'diverges', which failed");
    expect(reason('needs-that')).toBe("it needs 'needs-it', which was skipped");
    const log = /queue\/fails\/\S+\.log/.exec(reason('diverges'))![0];
    expect(new TextDecoder().decode(await lab.store.get(log))).toContain('begins after epoch 0');
    const started = lab.events.filter(({ kind, run }) => kind === 'taken' && run === 'always');
    expect(started).toHaveLength(2);
    const diverged = lab.events.filter(({ kind, run }) => kind === 'taken' && run === 'diverges');
    expect(diverged).toHaveLength(1);
    const goesOn = lab.events.filter(({ kind, run }) => kind === 'taken' && run === 'again');
    expect(goesOn.map(({ message }) => message)).toEqual(['begins', 'goes on after epoch 1']);
    // Their outcome stands in the store: they are not tried again.
    await enqueueStudy(lab.queue, 'fails', runs, lab.kept);
    expect(await lab.states('fails')).toMatchObject({ diverges: 'failed', 'needs-it': 'skipped' });
  });

  test('a store that is full: the run is tried again when there is room, and ends', async () => {
    await enqueueStudy(lab.queue, 'full', [lab.run('a')], lab.kept, { attempts: 50, backoff: 50 });
    lab.store.full = true;
    await lab.worker();
    await until(() => lab.events.some(({ kind }) => kind === 'retried'));
    expect(lab.events.find(({ kind }) => kind === 'retried')!.message).toContain('no space left');
    lab.store.full = false;
    expect(await ended('full')).toEqual({ a: 'complete' });
    expect((await lab.study('full')).runs[0]!.weights).toBe(toyEnd(1));
  });

  test('a run that failed for want of the store is tried again when its study is enqueued again', async () => {
    const runs = [lab.run('a'), lab.run('b', {}, ['a'])];
    await enqueueStudy(lab.queue, 'want', runs, lab.kept, { attempts: 1 });
    lab.store.full = true;
    await lab.worker();
    expect(await ended('want')).toEqual({ a: 'failed', b: 'skipped' });
    lab.store.full = false;
    expect(await enqueueStudy(lab.queue, 'want', runs, lab.kept)).toMatchObject({
      added: 1,
      waiting: 1,
    });
    expect(await ended('want')).toEqual({ a: 'complete', b: 'complete' });
  });

  test('paused: what runs stops and is kept, what waits is set aside; continued, all ends with the same bits', async () => {
    const runs = [1, 2, 3].map((rate) =>
      lab.run(`r${rate}`, { rate, epochs: 4, milliseconds: 150 }),
    );
    await enqueueStudy(lab.queue, 'paused', runs, lab.kept);
    await enqueueStudy(lab.queue, 'other', [lab.run('o')], lab.kept, { priority: 2000 });
    await lab.worker();
    await until(async () => ((await lab.study('paused')).runs[0]!.epoch ?? 0) >= 1);
    await pauseStudy(lab.queue, 'paused');
    expect(await ended('other')).toEqual({ o: 'complete' });
    await until(async () => (await lab.study('paused')).counts.paused === 3);
    const taken = lab.events.filter(({ kind, study }) => kind === 'taken' && study === 'paused');
    expect(taken).toHaveLength(1);
    await continueStudy(lab.queue, 'paused');
    expect(await ended('paused')).toEqual({ r1: 'complete', r2: 'complete', r3: 'complete' });
    const { runs: rows } = await lab.study('paused');
    expect(rows.map(({ weights }) => weights)).toEqual([1, 2, 3].map((rate) => toyEnd(rate, 4)));
    const again = lab.events.filter(({ kind, run }) => kind === 'taken' && run === 'r1');
    expect(again[1]!.message).toMatch(/goes on after epoch [1-3]/);
  });

  test('cancelled: what runs stops, what waits is gone; enqueued again it goes on from where it was', async () => {
    const runs = [
      lab.run('a', { epochs: 4, milliseconds: 150 }),
      lab.run('b'),
      lab.run('c', {}, ['a']),
    ];
    await enqueueStudy(lab.queue, 'cancelled', runs, lab.kept);
    await lab.worker();
    await until(async () => ((await lab.study('cancelled')).runs[0]!.epoch ?? 0) >= 1);
    await cancelStudy(lab.queue, 'cancelled');
    expect(await ended('cancelled')).toEqual({ a: 'cancelled', b: 'cancelled', c: 'cancelled' });
    await until(async () => lab.events.some(({ kind }) => kind === 'cancelled'));
    await enqueueStudy(lab.queue, 'cancelled', runs, lab.kept);
    expect(await ended('cancelled')).toEqual({ a: 'complete', b: 'complete', c: 'complete' });
    const again = lab.events.filter(({ kind, run }) => kind === 'taken' && run === 'a');
    expect(again[1]!.message).toMatch(/goes on after epoch [1-3]/);
    await removeStudy(lab.queue, 'cancelled');
    await expect(queueStatus(lab.queue, 'cancelled')).rejects.toThrow(/none of that name/);
    const left = await partsOf(lab.queue).client.keys('*cancelled*');
    expect(left).toEqual([]);
  });

  test('an edited study is refused with what was edited; accepted, what was changed is made anew and the rest stays', async () => {
    const before = [lab.run('same'), lab.run('changed', { rate: 2 }), lab.run('removed')];
    await enqueueStudy(lab.queue, 'edited', before, lab.kept);
    const worker = await lab.worker({ slots: 3 });
    await ended('edited');
    const after = [
      lab.run('same'),
      lab.run('changed', { rate: 5 }),
      lab.run('added', {}, ['changed', 'same']),
    ];
    const edited = enqueueStudy(lab.queue, 'edited', after, lab.kept);
    await expect(edited).rejects.toThrow(
      "study 'edited' was edited since it was put on the queue: 1 added (added), 1 changed (changed), 1 removed (removed)",
    );
    const accepted = await enqueueStudy(lab.queue, 'edited', after, lab.kept, { accept: true });
    expect(accepted).toEqual({
      added: 1,
      there: 0,
      waiting: 1,
      ended: 1,
      changes: { added: ['added'], changed: ['changed'], removed: ['removed'] },
    });
    expect(await ended('edited')).toEqual({
      same: 'complete',
      changed: 'complete',
      added: 'complete',
    });
    expect((await lab.study('edited')).runs[1]!.weights).toBe(toyEnd(5));
    await worker.stop();
    // Redis knows nothing any more, the store does.
    await partsOf(lab.queue).client.flushall();
    const old = enqueueStudy(lab.queue, 'edited', before, lab.kept);
    await expect(old).rejects.toThrow('1 changed (changed)');
  });

  test('a worker that has a run of an edited study stops it', async () => {
    const slow = { epochs: 50, milliseconds: 100 };
    await enqueueStudy(lab.queue, 'stale', [lab.run('a', slow)], lab.kept);
    await lab.worker();
    await until(() => lab.events.some(({ kind }) => kind === 'taken'));
    await enqueueStudy(lab.queue, 'stale', [lab.run('a', { rate: 2 })], lab.kept, { accept: true });
    expect(await ended('stale')).toEqual({ a: 'complete' });
    expect(lab.events.find(({ kind }) => kind === 'cancelled')!.message).toContain('edited');
    expect((await lab.study('stale')).runs[0]!.weights).toBe(toyEnd(2));
  });

  test('priorities: of two studies the one with the lower number goes first', async () => {
    await enqueueStudy(lab.queue, 'late', [lab.run('l1'), lab.run('l2')], lab.kept, {
      priority: 20,
    });
    await enqueueStudy(lab.queue, 'soon', [lab.run('s1'), lab.run('s2')], lab.kept, {
      priority: 10,
    });
    await lab.worker();
    await ended('late');
    const order = lab.events.filter(({ kind }) => kind === 'taken').map(({ run }) => run);
    expect(order).toEqual(['s1', 's2', 'l1', 'l2']);
  });

  test('enqueued again with another priority, what waits has that', async () => {
    await enqueueStudy(lab.queue, 'first', [lab.run('f')], lab.kept, { priority: 10 });
    await enqueueStudy(lab.queue, 'raised', [lab.run('r')], lab.kept, { priority: 20 });
    await enqueueStudy(lab.queue, 'raised', [lab.run('r')], lab.kept, { priority: 5 });
    await lab.worker();
    await ended('first');
    const order = lab.events.filter(({ kind }) => kind === 'taken').map(({ run }) => run);
    expect(order).toEqual(['r', 'f']);
  });

  test('a job of a newer format, or of a program or a store that a worker does not have, is left to others', async () => {
    const { queue } = partsOf(lab.queue);
    await enqueueStudy(lab.queue, 'new', [{ ...lab.run('p'), program: 'unknown' }], lab.kept);
    const store = new FolderStore(join(lab.folder, 'elsewhere'));
    const kept = { store, archive: store.archive };
    await enqueueStudy(lab.queue, 'far', [lab.run('f')], kept);
    await queue.add('newer', { format: 99, kind: 'run' } as never, { jobId: 'newer' });
    const worker = await lab.worker({ leave: 60_000 });
    const messages = (): string[] =>
      lab.events.filter(({ kind }) => kind === 'left').map(({ message }) => message);
    await until(() => messages().length === 3);
    expect(messages().toSorted()).toEqual([
      `its program 'unknown' is not known here: it is left to others`,
      `its runs are kept in ${store.place}, this worker has ${lab.store.place}: it is left to others`,
      'newer: its job is of format 99, this worker knows 1: it is left to newer workers',
    ]);
    await until(async () => (await queue.getJobState('newer')) === 'delayed');
    expect((await queue.getJob('newer'))!.attemptsMade).toBe(0);
    await worker.stop();
    // Workers that have what it takes get them soon.
    await lab.worker({ leave: 100 }, { program: () => toyProgram });
    await lab.worker({ leave: 100 }, kept);
    expect(await ended('new')).toEqual({ p: 'complete' });
    expect(await ended('far')).toEqual({ f: 'complete' });
  });

  async function digestOf(study: string, run: string): Promise<string> {
    const { client, keys } = partsOf(lab.queue);
    return (await client.hget(keys.digests(study), run))!;
  }

  test('a job that somebody took off the queue is told, and nothing waits for ever', async () => {
    await enqueueStudy(lab.queue, 'taken', [lab.run('a'), lab.run('b', {}, ['a'])], lab.kept);
    const { queue } = partsOf(lab.queue);
    await queue.remove(`taken~a~${(await digestOf('taken', 'a')).slice(0, 8)}`);
    await lab.worker();
    expect(await ended('taken')).toEqual({ a: 'removed', b: 'skipped' });
  });

  test('Redis that has lost everything: enqueued again, what has no outcome is made, and nothing else', async () => {
    const runs = [1, 2, 3, 4].map((rate) => lab.run(`r${rate}`, { rate, milliseconds: 60 }));
    const all = [...runs, lab.run('last', { rate: 5 }, ['r1', 'r4'])];
    await enqueueStudy(lab.queue, 'lost', all, lab.kept);
    await lab.worker();
    await until(async () => (await lab.study('lost')).counts.complete === 2);
    await partsOf(lab.queue).client.flushall();
    await expect(ended('lost')).rejects.toThrow(/has lost it; put it on the queue again/);
    const again = await enqueueStudy(lab.queue, 'lost', all, lab.kept);
    expect(again.ended).toBeGreaterThanOrEqual(2);
    expect(again.added + again.waiting).toBe(5 - again.ended);
    expect(new Set(Object.values(await ended('lost')))).toEqual(new Set(['complete']));
    const { runs: rows } = await lab.study('lost');
    expect(rows.map(({ weights }) => weights)).toEqual([1, 2, 3, 4, 5].map((rate) => toyEnd(rate)));
    const complete = lab.events.filter(({ kind }) => kind === 'complete');
    expect(complete.filter(({ run }) => run === 'r1')).toHaveLength(1);
    expect(await lab.overlaps()).toEqual([]);
  });
});
