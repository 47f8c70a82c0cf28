import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noRedis, RedisServer, withRedis } from '../../../../tools/processes/redis-server.mjs';
import { runStudy } from '../../src/engine/run-study.ts';
import type { StudyState } from '../../src/engine/study-state.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import type { RunQueue } from '../../src/queue/run-queue.ts';
import { queueStatus } from '../../src/queue/queue-status.ts';
import type { QueueWorker } from '../../src/queue/worker-options.ts';
import { namesOnQueue } from '../../src/remote/names-on-queue.ts';
import { type QueuedStudyOptions, runQueuedStudy } from '../../src/remote/queued-study.ts';
import { startStudyWorker } from '../../src/remote/study-worker.ts';
import { ownPrograms } from '../../src/run/own-program.ts';
import { asha } from '../../src/search/asha/asha.ts';
import { randomSearch } from '../../src/search/random-search.ts';
import { choice, uniform } from '../../src/search/space/ranges.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Programs } from '../../src/study/plan.ts';
import { runOf } from '../../src/study/run-of.ts';
import { loadStudy } from '../../src/study/study-file.ts';
import { type Study, type StudyOptions, study } from '../../src/study/study.ts';

const file = fileURLToPath(new URL('../run/own.study.mjs', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'mnet-queued-'));

describe.skipIf(noRedis)(withRedis('a study on a queue, from its driver to its report'), () => {
  let redis: RedisServer;
  let queue: RunQueue;
  let store: ObjectStore;
  let worker: QueueWorker | undefined;
  let programs: Programs;
  let own: Study;

  beforeAll(async () => {
    redis = await RedisServer.start({ kept: true });
    queue = await openQueue(redis.url);
    store = await openStore(join(dir, 'store'));
    own = await loadStudy(file);
    programs = ownPrograms(own, file);
  });
  afterAll(async () => {
    await worker?.stop();
    await queue.close();
    await store.close();
    await redis.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  const work = async (build = 'one'): Promise<QueueWorker> => {
    const scratch = join(dir, `scratch-${build}`);
    mkdirSync(scratch, { recursive: true });
    return startStudyWorker(queue, store, {
      programs,
      scratch,
      inputs: { cache: join(dir, 'cache-of-worker'), near: [] },
      slots: 2,
      lease: 2000,
      poll: 100,
      leave: 200,
      build,
    });
  };
  /** A study whose runs are those of own.study.mjs. */
  const given = (options: StudyOptions): Study => {
    const [stage] = own.stages;
    if (!stage?.run) throw new Error(`${file}: no function`);
    return study({ run: stage.run, paths: ['data'], ...options });
  };
  const run = (options: Study, more: Partial<QueuedStudyOptions> = {}) =>
    runQueuedStudy(options, queue, store, {
      folder: join(dir, 'runs', options.name),
      cache: join(dir, 'cache'),
      programs,
      poll: 50,
      backoff: 50,
      ...more,
    });
  const base = { epochs: 3, pace: 1 };

  it('is put there and left, and followed by the same call', async () => {
    const notes: string[] = [];
    const options = given({ name: 'left', base, grid: { width: [1, 2] } });
    const onNote = (line: string): void => void notes.push(line);
    expect(await run(options, { detach: true, onNote })).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining('2 put on the queue')]);
    const stop = new AbortController();
    const followed = run(options, {
      signal: stop.signal,
      onNote(line) {
        if (line.includes('there is no worker on this queue')) stop.abort();
      },
    });
    await expect(followed).rejects.toThrow('aborted');

    worker = await work();
    const told: StudyState[] = [];
    const record = await run(options, { onNote, onChange: (state) => void told.push(state) });
    expect(record?.runs.map(({ id, state }) => [id, state])).toEqual([
      ['width-1', 'complete'],
      ['width-2', 'complete'],
    ]);
    expect(record?.runs[0]?.record?.epochs).toHaveLength(3);
    expect(told.at(-1)?.runs.map(({ state, value }) => [state, value])).toEqual([
      ['complete', 0.3],
      ['complete', 0.3],
    ]);
    const { studies } = await queueStatus(queue, 'left');
    expect(studies[0]?.runs[0]).toMatchObject({ epoch: 3, epochs: 3, validationAccuracy: 0.3 });
    expect(existsSync(join(dir, 'runs', 'left', 'report.html'))).toBe(true);
  });

  it('halves a search, and goes on with it where its driver ended', async () => {
    const ranges = { pace: uniform(1, 5) };
    const options = given({
      name: 'halved',
      search: asha({ ranges, trials: 6, maxEpochs: 4, reduction: 2 }),
    });
    const stop = new AbortController();
    const onChange = ({ runs }: StudyState): void => {
      if (runs.some(({ state }) => state === 'paused')) stop.abort();
    };
    await expect(run(options, { signal: stop.signal, onChange })).rejects.toThrow('aborted');
    const record = await run(options);
    const states = record?.runs.map(({ state }) => state) ?? [];
    expect(states).toHaveLength(6);
    expect(new Set(states)).toEqual(new Set(['complete', 'paused']));
    const lengths = record?.runs.map((each) => each.record?.epochs.length ?? 0) ?? [];
    for (const [i, length] of lengths.entries())
      expect(length === 4).toBe(states[i] === 'complete');
    expect(record?.searches?.[0]?.rungs?.[0]).toBe(1);
    // What was asked and told stands there as on one machine, which may go on with it.
    const folder = join(dir, 'runs', 'halved');
    const again = await runStudy(options, { folder, programs, resume: true });
    expect(again.runs.map(({ state }) => state)).toEqual(states);
  });

  it('follows runs and a search beside each other', async () => {
    const [stage] = own.stages;
    const search = asha({ ranges: { pace: uniform(1, 5) }, trials: 3, maxEpochs: 4, reduction: 2 });
    const both = study({
      name: 'both',
      stages: {
        plain: { run: stage!.run!, base, seeds: 4 },
        look: { run: stage!.run!, search },
      },
    });
    const named = { ...programs, 'run:plain': programs['run']!, 'run:look': programs['run']! };
    // Another driver of the same study, with a folder of its own.
    const folders = ['both', 'both-again'].map((name) => join(dir, 'runs', name));
    const records = await Promise.all(
      folders.map((folder) => run(both, { folder, programs: named })),
    );
    for (const record of records) {
      expect(record?.runs).toHaveLength(7);
      expect(record?.runs.slice(0, 4).map(({ state }) => state)).toEqual(
        Array.from({ length: 4 }, () => 'complete'),
      );
    }
    expect(namesOnQueue(both)).toEqual(['both', 'both.look']);
    expect(namesOnQueue(given({ name: 'one', search }))).toEqual(['one']);
  });

  it('takes edits that are accepted, also of settings, with what the runs make then', async () => {
    const named = (epochs: number, widths: number[]): Study =>
      given({ name: 'edited', base: { ...base, epochs }, grid: { width: widths } });
    await run(named(2, [1, 2]));
    await expect(run(named(4, [2, 3]))).rejects.toThrow(
      'its runs are 1 more (width-3), without 1 (width-1), 1 with other settings (width-2); give --accept-edits',
    );
    const record = await run(named(4, [2, 3]), { acceptEdits: true });
    expect(record?.runs.map((each) => [each.id, each.record?.epochs.length])).toEqual([
      ['width-2', 4],
      ['width-3', 4],
    ]);
    const metric = given({ name: 'edited', metric: 'validationLoss', base });
    await expect(run(metric, { acceptEdits: true })).rejects.toThrow(
      /its metric is another; give it another name$/,
    );
  });

  it('does not replace what was made here and lies nowhere else', async () => {
    const named = (epochs: number): Study => given({ name: 'here', base: { ...base, epochs } });
    await runStudy(named(2), { folder: join(dir, 'runs', 'here'), programs });
    await expect(run(named(3), { acceptEdits: true })).rejects.toThrow(
      'run has other settings; give it another name',
    );
  });

  it('reads what its runs read on whatever machine, by its digest', async () => {
    const data = join(dir, 'data.txt');
    writeFileSync(data, 'what runs read');
    const options = given({ name: 'reads', base: { ...base, data } });
    await run(options);
    const stored = readFileSync(join(dir, 'runs', 'reads', 'run', 'config.json'), 'utf8');
    expect(stored).toContain('cache-of-worker');
    expect(stored).not.toContain(data);
    const gone = given({ name: 'gone', base: { ...base, data: join(dir, 'none') } });
    await expect(run(gone)).rejects.toThrow('data: got');
  });

  it('reads what a search sets, by its digest, whether the base has it or not', async () => {
    worker ??= await work();
    const folders = ['one', 'other'].map((name) => join(dir, `${name}.txt`));
    for (const data of folders) writeFileSync(data, data);
    const notes: string[] = [];
    const onNote = (line: string): void => void notes.push(line);
    const search = randomSearch({
      ranges: { data: choice(folders), pace: choice([1, 2]) },
      trials: 4,
    });
    for (const [name, set] of Object.entries({ set: base, 'set-twice': { ...base, data: file } })) {
      const record = await run(given({ name, base: set, search }), { onNote });
      expect(record?.runs.map(({ state }) => state)).toEqual(Array(4).fill('complete'));
      const read = record?.runs.map((each) => each.record?.options['data'] as string);
      expect(new Set(read).size).toBe(2);
      for (const path of read ?? []) expect(path).toContain('cache-of-worker');
    }
    // Each is said once, however many trials read it.
    expect(notes.filter((line) => line.startsWith(folders[0]!))).toHaveLength(2);
    const ranges = { data: choice([join(dir, 'none')]) };
    const gone = given({ name: 'none', base, search: randomSearch({ ranges, trials: 1 }) });
    await expect(run(gone)).rejects.toThrow('data: got');
  });

  it('names what failed, and what was edited', async () => {
    const list = [{ fails: 'the first breaks' }, {}];
    const options = given({ name: 'fails', base, list });
    const record = await run(options, { attempts: 1 });
    expect(record?.runs.map(({ state }) => state).toSorted()).toEqual(['complete', 'failed']);
    expect(record?.runs.find(({ state }) => state === 'failed')?.error).toContain(
      'the first breaks',
    );
    const edited = given({ name: 'fails', base, list: [{}, { more: 1 }, { more: 2 }] });
    await expect(run(edited)).rejects.toThrow('was edited');
  });

  it('is put there again where Redis has lost it', async () => {
    const notes: string[] = [];
    const options = given({ name: 'lost', base: { epochs: 20, pace: 60 }, seeds: 2 });
    const client = new Redis(redis.url);
    let flushed = false;
    const onChange = ({ runs }: StudyState): void => {
      if (flushed || !runs.some(({ state }) => state === 'running')) return;
      flushed = true;
      void client.flushall();
    };
    const onNote = (line: string): void => void notes.push(line);
    const record = await run(options, { onChange, onNote });
    client.disconnect();
    expect(record?.runs.map(({ state }) => state)).toEqual(['complete', 'complete']);
    expect(notes.some((line) => line.includes('put there again'))).toBe(true);
  });

  it('leaves runs to workers that compute as its driver does', async () => {
    const other = await work('another');
    await worker?.stop();
    const options = given({ name: 'builds', base });
    const stop = new AbortController();
    const seen = new Set<string>();
    const onChange = ({ runs }: StudyState): void => {
      for (const { state } of runs) seen.add(state);
    };
    const onNote = (line: string): void => {
      if (line.includes('no worker computes as this machine does (one), but as (another)')) {
        stop.abort();
      }
    };
    await expect(
      run(options, { build: 'one', signal: stop.signal, onChange, onNote }),
    ).rejects.toThrow('aborted');
    expect(seen).not.toContain('complete');
    worker = await work();
    const record = await run(options, { build: 'one' });
    expect(record?.runs[0]?.state).toBe('complete');
    await other.stop();
  });

  it('refuses of searches what a queue does not do', async () => {
    const search = asha({ ranges: { pace: uniform(1, 5) }, trials: 2, maxEpochs: 4, reduction: 2 });
    await expect(run(given({ name: 'a', search }), { detach: true })).rejects.toThrow(
      'detach: got true with a search',
    );
    const [stage] = own.stages;
    const needs = study({
      name: 'b',
      stages: {
        teacher: { run: stage!.run! },
        student: { run: stage!.run!, base: { data: runOf('teacher') }, search },
      },
    });
    const named = { ...programs, 'run:teacher': programs['run']!, 'run:student': programs['run']! };
    await expect(run(needs, { programs: named })).rejects.toThrow(
      'study.stages.student.base.data: got runOf in a search on a queue',
    );
  });
});
