import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cancelStudy } from '../../src/queue/control-study.ts';
import { driveSearch, type DrivenSearch } from '../../src/queue/drive-search.ts';
import { enqueueStudy } from '../../src/queue/enqueue-study.ts';
import { partsOf } from '../../src/queue/queue-parts.ts';
import { SearchJournal } from '../../src/queue/search-journal.ts';
import type { QueuedStudy } from '../../src/queue/queued-run.ts';
import type { Search, Tell } from '../../src/search/search.ts';
import { FolderStore } from './helpers/folder-store.ts';
import { halving, metric } from './helpers/halving.ts';
import { Lab, until } from './helpers/lab.ts';
import { trialOf } from './helpers/trial.ts';
import { noRedis, RedisServer, withRedis } from '../../../../tools/processes/redis-server.mjs';

test('a journal brings a search to where it was, and tells one that asks for something else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mnet-journal-'));
  try {
    const store = new FolderStore(folder);
    const journal = new SearchJournal(store, 's');
    const search = halving(2).start(metric);
    expect(await journal.replay(search)).toEqual([]);
    const asked = [search.ask(), search.ask()];
    await journal.write({ told: [], asked });
    const told = [{ number: 1, untilEpoch: 1, value: 3 }];
    await journal.write({ told, asked: [] });

    const record: string[] = [];
    const again = new SearchJournal(store, 's');
    const steps = await again.replay(halving(2, record).start(metric));
    expect(steps).toEqual([
      { told: [], asked },
      { told, asked: [] },
    ]);
    expect(record).toHaveLength(3);
    // Both at the same step: one writes it.
    await again.write({ told: [], asked: [] });
    await expect(journal.write({ told: [], asked: [] })).rejects.toMatchObject({ code: 'driven' });
    await expect(new SearchJournal(store, 's').replay(halving(1).start(metric))).rejects.toThrow(
      /asks for .* where it asked for .* before/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe.skipIf(noRedis)(withRedis('a search on a queue'), () => {
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
    await partsOf(lab.queue).client.flushall();
    await lab.close();
  });

  const quick = { poll: 40, parallel: 2, takeover: 400 };

  function driven(search: Search): DrivenSearch {
    return {
      search,
      metric,
      base: { program: 'toy' },
      plan: trialOf(lab.lives),
    };
  }

  async function drive(search: Search, options = {}): Promise<QueuedStudy> {
    let last: QueuedStudy | undefined;
    const going = driveSearch(lab.queue, 'search', driven(search), lab.kept, {
      ...quick,
      ...options,
    });
    for await (const status of going) last = status;
    return last!;
  }

  test('asks, tells and takes trials further, each from where it was paused', async () => {
    await lab.worker({ slots: 2 });
    const record: string[] = [];
    const { counts, runs } = await drive(halving(4, record));
    expect(counts).toMatchObject({ complete: 2, paused: 2 });
    expect(runs.map(({ id }) => id)).toEqual(['trial-0', 'trial-1', 'trial-2', 'trial-3']);
    const further = lab.events.filter(({ message }) => message === 'goes on after epoch 1');
    expect(further).toHaveLength(2);
    // Values as toys have them; those that went on were the better ones.
    const values = new Map(
      record
        .map((line) => JSON.parse(line) as Tell)
        .filter(({ untilEpoch, value }) => untilEpoch === 1 && value !== undefined)
        .map(({ number, value }) => [`trial-${number}`, value!]),
    );
    const better = runs
      .filter(({ state }) => state === 'complete')
      .map(({ id }) => values.get(id)!);
    const worse = runs.filter(({ state }) => state === 'paused').map(({ id }) => values.get(id)!);
    expect(Math.min(...better)).toBeGreaterThan(Math.max(...worse));
  });

  test('ends with an error where a trial went well and nothing was validated by then', async () => {
    await lab.worker({}, { value: () => Promise.resolve(undefined) });
    await expect(drive(halving(2), { takeover: 30_000 })).rejects.toThrow(
      /^trial-[01]: its run has no 'validationAccuracy' up to epoch 1, where trials are compared/,
    );
  });

  test('its driver killed: driven again it goes on, also where Redis has lost all, and asks for nothing twice', async () => {
    const worker = await lab.worker({ slots: 2 });
    const driver = lab.driver(4);
    const lines = createInterface(driver.stdout!);
    const first: string[] = [];
    lines.on('line', (line) => first.push(line));
    const dead = once(driver, 'exit');
    await until(() => first.filter((line) => line.includes('"value"')).length >= 2);
    driver.kill('SIGKILL');
    await dead;
    await until(async () => (await lab.study('search')).counts.running === 0);
    await partsOf(lab.queue).client.flushall();
    const second: string[] = [];
    const { counts } = await drive(halving(4, second), { wait: true });
    expect(counts).toMatchObject({ complete: 2, paused: 2, removed: 0 });
    // What the first one asked and was told last may not be written down any more.
    expect(second.slice(0, first.length - 3)).toEqual(first.slice(0, -3));
    await worker.stop();
    const rungs = lab.events.filter(({ kind }) => kind === 'paused').map(({ run }) => run);
    expect(rungs.length).toBeLessThanOrEqual(6);
    const complete = lab.events.filter(({ kind }) => kind === 'complete').map(({ run }) => run);
    expect(complete).toHaveLength(2);
    const files = await readdir(join(lab.folder, 'store/queue/search/search'));
    // The driver may have died while it wrote one.
    const steps = files.filter((name) => !name.endsWith('.part'));
    expect(steps.toSorted()).toEqual(steps.map((_, at) => `${String(at).padStart(8, '0')}.json`));
  });

  test('of two drivers at once the second is refused, or waits until the first is not heard of', async () => {
    const { client, keys } = partsOf(lab.queue);
    const other = JSON.stringify({ who: 'elsewhere:12', id: 'x' });
    await client.set(keys.driver('search'), other, 'PX', 60_000);
    await expect(drive(halving(2))).rejects.toThrow('elsewhere:12 drives it');
    await client.pexpire(keys.driver('search'), 300);
    await lab.worker();
    expect((await drive(halving(2), { wait: true })).counts.complete).toBe(1);
    // It gave the search free.
    expect(await client.exists(keys.driver('search'))).toBe(0);
  });

  test('a driver that sleeps while another takes over ends', async () => {
    await lab.worker();
    const going = driveSearch(lab.queue, 'search', driven(halving(2)), lab.kept, quick);
    await going.next();
    const { client, keys } = partsOf(lab.queue);
    await client.set(keys.driver('search'), JSON.stringify({ who: 'elsewhere:12', id: 'x' }));
    const rest = async (): Promise<void> => {
      for await (const _ of going);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'driven' });
    // The other's hold is not given free.
    expect(await client.exists(keys.driver('search'))).toBe(1);
  });

  test('another search, or no search, of the same name is refused', async () => {
    await lab.worker();
    await drive(halving(2));
    await expect(drive(halving(4))).rejects.toMatchObject({ code: 'edited' });
    await enqueueStudy(lab.queue, 'grid', [lab.run('a')], lab.kept);
    const going = driveSearch(lab.queue, 'grid', driven(halving(2)), lab.kept, quick);
    await expect(going.next()).rejects.toThrow('is no search there');
  });

  test('a trial that fails for good has no value, and the search goes on; cancelled, it ends and can be gone on with', async () => {
    await lab.worker();
    const failing = driven(halving(2));
    const plan: DrivenSearch['plan'] = (trial) => {
      const run = trialOf(lab.lives)(trial);
      const config = trial.number === 1 ? { ...run.config, failsAt: 1, final: true } : run.config;
      return { ...run, config };
    };
    const search = { ...failing, plan };
    let last: QueuedStudy | undefined;
    let cancelled = false;
    for await (const status of driveSearch(lab.queue, 'search', search, lab.kept, quick)) {
      last = status;
      if (!cancelled) await cancelStudy(lab.queue, 'search');
      cancelled = true;
    }
    expect(last!.state).toBe('cancelled');
    for await (const status of driveSearch(lab.queue, 'search', search, lab.kept, quick)) {
      last = status;
    }
    expect(last!.counts).toMatchObject({ complete: 1, failed: 1 });
    expect(last!.runs[1]!.reason).toContain('the toy broke');
  });
});
