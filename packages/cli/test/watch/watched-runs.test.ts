import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPaths } from '@mnet/train';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunsEvent } from '../../src/watch/protocol.ts';
import { curvesOf } from '../../src/watch/run-curves.ts';
import { WatchedRuns } from '../../src/watch/watched-runs.ts';
import { epochOf, madeRun } from './made-run.ts';

let root: string;
let runs: WatchedRuns;
let events: RunsEvent[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mnet-watch-'));
  runs = new WatchedRuns(root);
  events = [];
  runs.subscribe((event) => events.push(event));
});
afterEach(() => {
  runs.stop();
  rmSync(root, { recursive: true });
});

const row = (id: string) => runs.get(id)?.row;
const lastTime = (id: string) => {
  const { followed } = runs.get(id) ?? {};
  const last = followed?.record?.epochs.at(-1);
  return last && followed?.timeOf(last);
};
const changed = () => events.at(-1)?.rows.map(({ id }) => id);

describe('the runs of a folder', () => {
  it('are found at any depth, but not in models, checkpoints, links and hidden folders', async () => {
    const made = ['one', 'experiment/width-0.5', 'experiment/width-0.5/teacher', '.hidden/run'];
    for (const name of made) (await madeRun(root, name)).close();
    for (const name of ['one/model', 'one/checkpoints/x']) (await madeRun(root, name)).close();
    symlinkSync(join(root, 'one'), join(root, 'link'));
    mkdirSync(join(root, 'hub'));
    writeFileSync(join(root, 'hub', 'config.json'), '{"architectures": []}');
    await runs.update();
    const ids = runs.all().rows.map(({ id }) => id);
    expect(ids.toSorted()).toEqual(['experiment/width-0.5', 'experiment/width-0.5/teacher', 'one']);
  });

  it('may be the folder itself', async () => {
    (await madeRun(root, '.')).close();
    await runs.update();
    expect(row('.')).toMatchObject({ network: 'mobilenet_v1' });
  });

  it('come, change and go, and each event has only what did', async () => {
    await runs.update();
    expect(events).toEqual([]);
    const [a, b] = [await madeRun(root, 'a'), await madeRun(root, 'b')];
    await runs.update();
    expect(changed()?.toSorted()).toEqual(['a', 'b']);
    await runs.update();
    expect(events).toHaveLength(1);
    b.log({ event: 'epoch', ...epochOf(1) });
    await runs.update();
    expect(changed()).toEqual(['b']);
    a.close();
    rmSync(a.dir, { recursive: true });
    await runs.update();
    expect(events.at(-1)).toMatchObject({ rows: [], removed: ['a'] });
    expect(runs.get('a')).toBeUndefined();
    b.close();
  });

  it('have the figures of the last epoch and of the steps after it', async () => {
    const run = await madeRun(root, 'a', { width: 0.25, seed: 7, epochs: 12 });
    run.log({ event: 'epoch', ...epochOf(1, { validationAccuracy: 0.9 }) });
    run.log({ event: 'epoch', ...epochOf(2) });
    await runs.update();
    expect(row('a')).toMatchObject({
      status: 'running',
      network: 'mobilenet_v1',
      width: 0.25,
      seed: 7,
      dataset: 'drawn',
      parameters: 1234,
      epoch: 2,
      epochs: 12,
      step: 200,
      trainLoss: 1,
      validationAccuracy: 0.7,
      bestAccuracy: 0.9,
      seconds: 100,
    });
    // Ten more of a minute each.
    expect(row('a')?.endsAt).toBe((lastTime('a') ?? 0) + 10 * 60_000);
    const step = { step: 250, epoch: 3, learningRate: 0.03, loss: 0.8, accuracy: 0.77 };
    run.log({ event: 'step', ...step });
    await runs.update();
    expect(row('a')).toMatchObject({ step: 250, trainLoss: 0.8, trainAccuracy: 0.77, epoch: 2 });
    run.close();
  });

  it('are running, killed, and running again when one goes on', async () => {
    const run = await madeRun(root, 'a');
    await runs.update();
    expect(row('a')?.status).toBe('running');
    run.close();
    await runs.update();
    expect(row('a')?.status).toBe('killed');
    expect(row('a')?.endsAt).toBeUndefined();
    const again = await madeRun(root, 'b');
    again.log({ event: 'end', status: 'diverged', error: 'the loss became NaN' });
    again.close();
    await runs.update();
    expect(row('b')).toMatchObject({ status: 'diverged', error: 'the loss became NaN' });
  });

  it('that are damaged say why and stop no other', async () => {
    for (const name of ['config', 'log', 'none', 'odd', 'whole']) {
      const run = await madeRun(root, name);
      run.log({ event: 'epoch', ...epochOf(1) });
      run.close();
    }
    const at = (name: string) => runPaths(join(root, name));
    writeFileSync(at('config').config, '{"format": 2, "id');
    appendFileSync(at('log').log, '\u0000garbage\n');
    rmSync(at('none').config);
    const odd = { format: 2, id: 'x', name: 'odd', date: 'today', model: {}, dataset: {} };
    writeFileSync(
      at('odd').config,
      JSON.stringify({ ...odd, options: {}, objective: {}, environment: {} }),
    );
    rmSync(at('odd').log);
    await runs.update();
    expect(row('config')).toMatchObject({ status: 'damaged' });
    expect(row('config')?.error).toContain('config.json: not JSON');
    expect(row('log')).toMatchObject({ status: 'damaged', epoch: 1, network: 'mobilenet_v1' });
    expect(row('log')?.error).toContain("log.jsonl:3: not a line of this run's log");
    expect(row('none')?.error).toContain('it has no config.json');
    expect(row('odd')).toMatchObject({ status: 'damaged' });
    expect(row('whole')).toMatchObject({ status: 'killed', epoch: 1 });
    const { length } = events;
    await runs.update();
    expect(events).toHaveLength(length);
  });

  it('are of one group where their seeds alone differ', async () => {
    for (const [name, made] of Object.entries({
      a: { seed: 1 },
      b: { seed: 2, date: '2026-05-05T00:00:00.000Z' },
      c: { seed: 2, width: 1 },
    })) {
      (await madeRun(root, name, made)).close();
    }
    await runs.update();
    expect(row('a')?.group).toBe(row('b')?.group);
    expect(row('a')?.group).not.toBe(row('c')?.group);
  });

  it('may come after the folder, and it may go', async () => {
    const later = new WatchedRuns(join(root, 'later'));
    await later.update();
    expect(later.all().problem).toContain('ENOENT');
    (await madeRun(root, 'later/a')).close();
    await later.update();
    expect(later.all()).toMatchObject({ rows: [{ id: 'a' }], problem: undefined });
    renameSync(join(root, 'later'), join(root, 'elsewhere'));
    await later.update();
    expect(later.all().rows).toEqual([]);
    expect(later.all().problem).toContain('ENOENT');
  });

  it('are looked at from time to time until that is stopped', async () => {
    await runs.start();
    const run = await madeRun(root, 'a');
    const came = new Promise((resolve) => {
      runs.subscribe(resolve);
    });
    await came;
    expect(row('a')?.status).toBe('running');
    run.close();
  });
});

describe('the curves of a run', () => {
  it('have each epoch with its parts of the loss, and the steps that the page lacks', async () => {
    const run = await madeRun(root, 'a', { date: new Date().toISOString() });
    run.log({ event: 'step', step: 50, epoch: 1, learningRate: 1, loss: 3, accuracy: 0.1 });
    run.log({ event: 'step', step: 100, epoch: 1, learningRate: 1, loss: 2, accuracy: 0.2 });
    run.log({ event: 'epoch', ...epochOf(1, { terms: { kd: 4 } }) });
    const { validationLoss: _, ...without } = epochOf(2);
    run.log({ event: 'epoch', ...without });
    await runs.update();
    const { followed } = runs.get('a') as NonNullable<ReturnType<typeof runs.get>>;
    const all = curvesOf(followed, 'a', 0);
    expect(all).toMatchObject({ id: 'a', firstStep: 0, generation: followed.generation });
    expect(all.steps).toMatchObject({ step: [50, 100], loss: [3, 2], accuracy: [0.1, 0.2] });
    expect(all.epochs).toMatchObject({ trainLoss: [2, 1], validationLoss: [3, null] });
    expect(all.epochs['term kd']).toEqual([4, null]);
    const begin = Date.parse(run.config.date);
    expect(all.epochs.time?.[1]).toBe(((lastTime('a') ?? 0) - begin) / 1000);
    expect(all.steps.time?.[0]).toBeGreaterThanOrEqual(0);
    expect(curvesOf(followed, 'a', 1).steps).toMatchObject({ step: [100], loss: [2] });
    run.close();
  });
});
