import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { countingStore } from '../../src/store/counting-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { RunOutcome, Snapshot } from '../../src/store/run-archive.ts';
import { runArchive } from '../../src/store/stored-run.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { checkpointsOf, contentsOf, epochsOf, nextEpoch } from './drawn-run.ts';
import { type MemoryStore, memoryStore } from './memory-store.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-archive-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const fresh = (): string => join(root, `folder-${++folders}`);
const newRun = (): string => {
  const folder = fresh();
  mkdirSync(folder);
  return folder;
};
const keysOf = ({ files }: MemoryStore, part: string): string[] =>
  [...files.keys()].filter((key) => key.includes(part)).toSorted();
/** The keys of what a snapshot needs. */
const blobsOf = ({ files }: MemoryStore, list: string): string[] => {
  const manifest = JSON.parse(Buffer.from(files.get(list)!).toString());
  const folder = list.replace('/snapshots/', '/blobs/').replace(/[^/]+$/, '');
  return manifest.files.map(({ sha256 }: { sha256: string }) => folder + sha256);
};
const outcome = (attempt: number, more: Partial<RunOutcome> = {}): RunOutcome => ({
  kind: 'complete',
  attempt,
  worker: `host-${attempt}:1`,
  weights: 'a'.repeat(64),
  ...more,
});

describe('save and restore', () => {
  it('gives a folder back as it was, without its lock and what is being written', async () => {
    const store = memoryStore();
    const folder = newRun();
    nextEpoch(folder);
    mkdirSync(join(folder, 'model'));
    writeFileSync(join(folder, 'model', 'model.json'), '{}');
    const expected = contentsOf(folder);
    writeFileSync(join(folder, 'run.lock'), '{}');
    mkdirSync(join(folder, 'run.lock.gate'));
    writeFileSync(join(folder, 'metrics.csv.0123456789ab.tmp'), 'half');
    writeFileSync(join(folder, 'checkpoints', 'epoch-0002-step-000002.safetensors.0a.tmp'), 'half');
    const archive = runArchive(store, 'widths', 'width-0.5');
    const at: Snapshot = { attempt: 1, number: 1, epoch: 1 };
    await archive.save(folder, at);
    for (const make of [fresh, newRun]) {
      const to = make();
      expect(await runArchive(store, 'widths', 'width-0.5').restore(to)).toEqual(at);
      expect(contentsOf(to)).toEqual(expected);
    }
    expect(readdirSync(root).filter((name) => name.includes('restoring'))).toEqual([]);
  });

  it('finds nothing where nothing is, and does not write into a folder that is used', async () => {
    const archive = runArchive(memoryStore(), 'study', 'run');
    const to = fresh();
    expect(await archive.restore(to)).toBeUndefined();
    expect(existsSync(to)).toBe(false);
    const used = newRun();
    writeFileSync(join(used, 'mine'), '');
    await expect(archive.restore(used)).rejects.toThrow(`${used}: is there, takes a folder`);
    expect(() => runArchive(memoryStore(), 'a/b', 'run')).toThrow(/study: got 'a\/b', takes/);
    expect(() => runArchive(memoryStore(), 'a', '../run')).toThrow(/run: got '..\/run', takes/);
  });

  it('sends what changed, and keeps the last two snapshots of an attempt', async () => {
    const memory = memoryStore();
    const { store, counts } = countingStore(memory);
    const folder = newRun();
    const archive = runArchive(store, 'study', 'run');
    const puts: number[] = [];
    for (let number = 1; number <= 5; number++) {
      const epoch = nextEpoch(folder);
      const before = counts.put.calls;
      await archive.save(folder, { attempt: 1, number, epoch });
      puts.push(counts.put.calls - before);
    }
    // Config, log, figures, checkpoint and the list; then all of these but the config.
    expect(puts).toEqual([5, 4, 4, 4, 4]);
    expect(keysOf(memory, '/snapshots/')).toEqual([
      'studies/study/snapshots/run/a0001/s000004-e0004.json',
      'studies/study/snapshots/run/a0001/s000005-e0005.json',
    ]);
    // Of epochs 3, 4 and 5 the checkpoints; of 4 and 5 log and figures; the config.
    expect(keysOf(memory, '/blobs/')).toHaveLength(3 + 4 + 1);
    const list = counts.list.calls;
    expect([list, counts.get.calls, counts.has.calls]).toEqual([2, 0, 0]);
    const to = fresh();
    await archive.restore(to);
    expect(contentsOf(to)).toEqual(contentsOf(folder));
    // The outcome, the list and its six files.
    expect([counts.list.calls - list, counts.get.calls]).toEqual([1, 2 + 5]);
  });

  it('stores a log that grows meanwhile, and one that is large', async () => {
    const folder = newRun();
    nextEpoch(folder);
    appendFileSync(join(folder, 'log.jsonl'), '{"event":"st');
    writeFileSync(join(folder, 'output.log'), Buffer.alloc(6_000_000, 'said\n'));
    const before = contentsOf(folder);
    const store = memoryStore((key) => {
      if (key.includes('/blobs/')) appendFileSync(join(folder, 'output.log'), 'more');
    });
    const archive = runArchive(store, 'study', 'run');
    await archive.save(folder, { attempt: 1, number: 1, epoch: 1 });
    const to = fresh();
    await archive.restore(to);
    expect(contentsOf(to)).toEqual(before);
  });

  it('goes on with newer checkpoints where those that it read are gone', async () => {
    const folder = newRun();
    for (let n = 0; n < 3; n++) nextEpoch(folder);
    let trained = 0;
    const store = memoryStore((key) => {
      // Epochs end while the first checkpoints are sent: of those that were found, none is there any more.
      if (key.includes('/blobs/') && trained < 3) {
        nextEpoch(folder);
        trained++;
      }
    });
    const archive = runArchive(store, 'study', 'run');
    await archive.save(folder, { attempt: 1, number: 1, epoch: 3 });
    const to = fresh();
    await archive.restore(to);
    const contents = contentsOf(to);
    const checkpoints = Object.keys(contents).filter((name) => name.startsWith('checkpoints/'));
    const last = Number(checkpoints.at(-1)?.slice(18, 22));
    const logged = contents['log.jsonl']!.trim().split('\n').length;
    expect(last).toBeGreaterThanOrEqual(3);
    expect(logged).toBeGreaterThanOrEqual(last);
  });

  it('has a log that is not behind the checkpoints, though an epoch ends while they are read', async () => {
    const folder = newRun();
    for (let n = 0; n < 2; n++) nextEpoch(folder);
    const { readdir } = fs;
    let looks = 0;
    const spy = vi.spyOn(fs, 'readdir').mockImplementation((async (...args: never[]) => {
      // Between the look at the checkpoints and that at the log.
      if (looks++ === 2) nextEpoch(folder);
      return (readdir as (...all: never[]) => unknown)(...args);
    }) as never);
    const store = memoryStore();
    await runArchive(store, 's', 'r').save(folder, { attempt: 1, number: 1, epoch: 1 });
    spy.mockRestore();
    expect(looks).toBe(3);
    const to = fresh();
    await runArchive(store, 's', 'r').restore(to);
    expect(checkpointsOf(to)).toEqual([2]);
    expect(epochsOf(to)).toEqual([1, 2, 3]);
  });

  it('tells of checkpoints that are replaced faster than they can be stored', async () => {
    const folder = newRun();
    nextEpoch(folder);
    const store = memoryStore((key) => {
      if (!key.includes('/blobs/')) return;
      for (let n = 0; n < 3; n++) nextEpoch(folder);
    });
    const save = runArchive(store, 's', 'r').save(folder, { attempt: 1, number: 1, epoch: 1 });
    await expect(save).rejects.toMatchObject({ code: 'changed', retriable: true, path: folder });
    expect(keysOf(store, '/snapshots/')).toEqual([]);
  });
});

describe('attempts that overlap', () => {
  it('lie beside each other; the last one is gone on with, or that whose outcome stands', async () => {
    const store = memoryStore();
    const [a, b] = [newRun(), newRun()];
    const first = runArchive(store, 'study', 'run');
    const second = runArchive(store, 'study', 'run');
    await first.save(a, { attempt: 1, number: 1, epoch: nextEpoch(a) });
    expect(await second.restore((rmSync(b, { recursive: true }), b))).toMatchObject({ epoch: 1 });
    for (let number = 1; number <= 4; number++) {
      await second.save(b, { attempt: 2, number, epoch: nextEpoch(b) });
      await first.save(a, { attempt: 1, number: number + 1, epoch: nextEpoch(a) });
    }
    expect(keysOf(store, '/snapshots/')).toHaveLength(4);
    const at = async (): Promise<Snapshot | undefined> =>
      runArchive(store, 'study', 'run').restore(fresh());
    expect(await at()).toEqual({ attempt: 2, number: 4, epoch: 5 });
    await first.end(outcome(1));
    expect(await at()).toEqual({ attempt: 1, number: 5, epoch: 5 });
  });

  it('end once, and all learn how', async () => {
    const store = await openStore(fresh());
    const ends = await Promise.all(
      Array.from({ length: 12 }, (_, n) => runArchive(store, 's', 'r').end(outcome(n + 1))),
    );
    expect(new Set(ends.map(({ attempt }) => attempt)).size).toBe(1);
    expect(await runArchive(store, 's', 'r').outcome()).toEqual(ends[0]);
    const late = outcome(13, { kind: 'failed', message: 'late' });
    expect(await runArchive(store, 's', 'r').end(late)).toEqual(ends[0]);
    await expect(runArchive(store, 's', 'r').end(outcome(0))).rejects.toThrow(/attempt: got 0/);
    await store.put('studies/s/outcomes/other.json', '{"kind":"won"}');
    await expect(runArchive(store, 's', 'other').outcome()).rejects.toThrow(
      /outcomes\/other\.json: is no outcome of a run: kind: got 'won'/,
    );
  });
});

describe('damage', () => {
  async function saved(): Promise<{ store: MemoryStore; folder: string }> {
    const store = memoryStore();
    const folder = newRun();
    const archive = runArchive(store, 'study', 'run');
    for (let number = 1; number <= 3; number++) {
      await archive.save(folder, { attempt: 1, number, epoch: nextEpoch(folder) });
    }
    return { store, folder };
  }
  const newest = 'studies/study/snapshots/run/a0001/s000003-e0003.json';
  const blobOf = ({ files }: MemoryStore, part: string): string => {
    const manifest = JSON.parse(Buffer.from(files.get(newest)!).toString());
    const { sha256 } = manifest.files.find(({ path }: { path: string }) => path.includes(part));
    return `studies/study/blobs/run/a0001/${sha256}`;
  };

  it.each([
    ['a blob', (store: MemoryStore) => store.files.set(blobOf(store, '0003'), Buffer.from('x'))],
    ['no blob', (store: MemoryStore) => store.files.delete(blobOf(store, '0003'))],
    [
      'half a list',
      (store: MemoryStore) => {
        store.files.set(newest, store.files.get(newest)!.subarray(0, 200));
      },
    ],
    [
      'a list with another path',
      (store: MemoryStore) => {
        const text = Buffer.from(store.files.get(newest)!).toString();
        store.files.set(newest, Buffer.from(text.replace('config.json', '../onfig.js')));
      },
    ],
    [
      'a list of another version',
      (store: MemoryStore) => {
        store.files.set(newest, Buffer.from('{"format":2}'));
      },
    ],
  ])('of the newest snapshot (%s): the one before is taken, and that is told', async (_, harm) => {
    const { store } = await saved();
    harm(store);
    const told: string[] = [];
    const archive = runArchive(store, 'study', 'run', {
      warn: (message) => void told.push(message),
    });
    const to = fresh();
    expect(await archive.restore(to)).toEqual({ attempt: 1, number: 2, epoch: 2 });
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('passed over');
    expect(contentsOf(to)['metrics.csv']).toBe('epoch\n2\n');
    expect(readdirSync(root).filter((name) => name.includes('restoring'))).toEqual([]);
  });

  it('of all of them: there is none', async () => {
    const { store } = await saved();
    for (const key of keysOf(store, '/blobs/')) store.files.set(key, Buffer.from('x'));
    expect(await runArchive(store, 'study', 'run').restore(fresh())).toBeUndefined();
  });

  it('is not taken for that where the store cannot be read', async () => {
    const { store } = await saved();
    const fault = new StoreError('network', 'memory', 'away', { retriable: true });
    const away = { ...store, getFile: () => Promise.reject(fault) };
    const to = fresh();
    await expect(runArchive(away, 'study', 'run').restore(to)).rejects.toBe(fault);
    expect(existsSync(to)).toBe(false);
  });

  it('of a full store: the snapshots before stay, and the next save goes on', async () => {
    let full = false;
    const store = memoryStore(() => {
      if (full) throw new StoreError('full', 'memory', 'the disk is full', { retriable: true });
    });
    const folder = newRun();
    const archive = runArchive(store, 'study', 'run');
    await archive.save(folder, { attempt: 1, number: 1, epoch: nextEpoch(folder) });
    full = true;
    const save = archive.save(folder, { attempt: 1, number: 2, epoch: nextEpoch(folder) });
    await expect(save).rejects.toMatchObject({ code: 'full', retriable: true });
    expect(await archive.restore(fresh())).toMatchObject({ number: 1 });
    full = false;
    await archive.save(folder, { attempt: 1, number: 3, epoch: nextEpoch(folder) });
    const to = fresh();
    expect(await archive.restore(to)).toMatchObject({ number: 3 });
    expect(contentsOf(to)).toEqual(contentsOf(folder));
  });
});

it('a model of saves, kills and attempts that overlap: what is restored was saved, and is the newest', async () => {
  /** Thrown in the place of a kill: whatever follows in that process does not happen. */
  class Kill extends Error {}
  const event = fc.record({
    attempt: fc.integer({ min: 1, max: 3 }),
    epochs: fc.integer({ min: 0, max: 2 }),
    // Killed before so many writes are done; most are not.
    kill: fc.option(fc.integer({ min: 0, max: 9 }), { freq: 1 }),
    anew: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 9 }), async (events) => {
      let left = Number.POSITIVE_INFINITY;
      const store = memoryStore(() => {
        if (left-- <= 0) throw new Kill();
      });
      const archives = new Map<number, ReturnType<typeof runArchive>>();
      const runs = new Map<number, { folder: string; number: number }>();
      /** What each snapshot must hold. */
      const contents = new Map<string, Record<string, string>>();
      const done = new Map<number, number>();
      for (const { attempt, epochs, kill, anew } of events) {
        const run = runs.get(attempt) ?? { folder: newRun(), number: 0 };
        runs.set(attempt, run);
        for (let n = 0; n < epochs; n++) nextEpoch(run.folder, 40);
        run.number++;
        const archive = (!anew && archives.get(attempt)) || runArchive(store, 's', 'r');
        archives.set(attempt, archive);
        contents.set(`${attempt}.${run.number}`, contentsOf(run.folder));
        left = kill ?? Number.POSITIVE_INFINITY;
        try {
          await archive.save(run.folder, { attempt, number: run.number, epoch: epochs });
          done.set(attempt, run.number);
        } catch (error) {
          expect(error).toBeInstanceOf(Kill);
          archives.delete(attempt);
        }
        // A kill while old files are removed is no failed save, but the process is gone.
        if (left <= 0) archives.delete(attempt);
        left = Number.POSITIVE_INFINITY;

        const to = fresh();
        const at = await runArchive(store, 's', 'r').restore(to);
        const last = Math.max(...done.keys());
        if (done.size === 0 && at === undefined) continue;
        // No older than what was saved whole; a save that was killed may have come as far.
        expect(at!.attempt).toBeGreaterThanOrEqual(last);
        if (at!.attempt === last) expect(at!.number).toBeGreaterThanOrEqual(done.get(last)!);
        expect(contentsOf(to)).toEqual(contents.get(`${at!.attempt}.${at!.number}`));
        rmSync(to, { recursive: true });
        // Whatever a kill left, each snapshot that is listed has all that it needs.
        for (const key of keysOf(store, '/snapshots/')) {
          for (const blob of blobsOf(store, key)) expect(store.files.has(blob)).toBe(true);
        }
        for (const each of done.keys()) {
          const lists = keysOf(store, `/snapshots/r/a000${each}/`);
          expect(lists.length).toBeGreaterThanOrEqual(1);
          // One more where it was killed before it had removed the oldest.
          expect(lists.length).toBeLessThanOrEqual(4);
        }
      }
      // After two undisturbed saves of each attempt nothing is left that no snapshot has.
      for (const [attempt, run] of runs) {
        const archive = runArchive(store, 's', 'r');
        for (let n = 0; n < 2; n++) {
          await archive.save(run.folder, { attempt, number: ++run.number, epoch: 0 });
        }
        const lists = keysOf(store, `/snapshots/r/a000${attempt}/`);
        const used = new Set(lists.flatMap((key) => blobsOf(store, key)));
        expect(keysOf(store, `/blobs/r/a000${attempt}/`)).toEqual(
          [...used].toSorted((a, b) => (a < b ? -1 : 1)),
        );
      }
    }),
    { numRuns: 20 },
  );
});
