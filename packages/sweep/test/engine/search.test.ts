import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config.ts';
import { readJournal } from '../../src/engine/journal.ts';
import { runStudy, type RunStudyOptions } from '../../src/engine/run-study.ts';
import { asha } from '../../src/search/asha/asha.ts';
import { randomSearch } from '../../src/search/random-search.ts';
import { logUniform, uniform } from '../../src/search/space/ranges.ts';
import { tpe } from '../../src/search/tpe/tpe.ts';
import { runOf } from '../../src/study/run-of.ts';
import { type StudyOptions, study } from '../../src/study/study.ts';
import { programs } from '../study/programs.ts';
import { fakeRuns } from './fake-runs.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-searches-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = '';
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
});

const ranges = { lr: logUniform(0.001, 1), decay: uniform(0, 1) };
const run = (given: StudyOptions, options: Partial<RunStudyOptions> = {}) =>
  runStudy(study(given), { programs, folder, backoff: 0, slots: 3, ...options });

/** The nearer to a rate of 0.05 and a decay of 0.3, the better; more with each epoch. */
const value = ({ lr, decay }: Config, epoch: number): number =>
  (1 - Math.abs(Math.log10((lr as number) / 0.05)) / 3 - Math.abs((decay as number) - 0.3) / 3) *
  (1 - 0.5 ** epoch);

describe.each([
  ['randomSearch', randomSearch({ ranges, trials: 8, seed: 1 })],
  ['tpe', tpe({ ranges, trials: 14, seed: 1 })],
  ['asha', asha({ ranges, trials: 16, seed: 1, maxEpochs: 16 })],
])('%s', (name, search) => {
  it('runs its trials, and goes on with the same ones where it was stopped', async () => {
    const given: StudyOptions = { base: {}, search };
    const whole = fakeRuns({ value });
    const record = await run(given, { start: whole.start });
    expect(record.runs).toHaveLength(search.trials);
    expect(record.searches?.map((each) => [each.stage, each.name])).toEqual([['', name]]);
    for (const { state } of record.runs) expect(['complete', 'paused']).toContain(state);
    expect(record.runs.some(({ state }) => state === 'complete')).toBe(true);
    expect(record.runs.some(({ state }) => state === 'paused')).toBe(name === 'asha');

    folder = join(root, `${count}-stopped`);
    let stops = 0;
    for (;;) {
      const stop = new AbortController();
      const part = fakeRuns({ value, pace: 2 });
      let ended = 0;
      try {
        const again = await run(given, {
          slots: 1,
          resume: stops > 0,
          signal: stop.signal,
          start: (program, order, watch) => {
            const process = part.start(program, order, watch);
            void process.end.then(() => {
              ended += 1;
              if (ended === 3) stop.abort();
            });
            return process;
          },
        });
        const single = await singleSlot(given);
        expect(again.runs.map(({ id, values, state }) => [id, values, state])).toEqual(single);
        break;
      } catch (error) {
        expect((error as Error).name).toBe('AbortError');
        stops += 1;
      }
    }
    expect(stops).toBeGreaterThan(1);
  });
});

async function singleSlot(given: StudyOptions) {
  const { runs } = await run(given, {
    slots: 1,
    folder: join(root, `${count}-single`),
    start: fakeRuns({ value }).start,
  });
  return runs.map(({ id, values, state }) => [id, values, state]);
}

describe('a search', () => {
  it('pauses trials at the rungs, and goes on with those that are promoted', async () => {
    const until: (number | undefined)[] = [];
    const fake = fakeRuns({ value });
    const search = asha({ ranges, trials: 9, seed: 2, maxEpochs: 9, reduction: 3 });
    await run(
      { search },
      {
        slots: 1,
        start: (program, order, watch) => {
          until.push(order.untilEpoch);
          return fake.start(program, order, watch);
        },
      },
    );
    expect(until.filter((each) => each === 1)).toHaveLength(9);
    expect(until.filter((each) => each === 3).length).toBeGreaterThanOrEqual(3);
    expect(until.filter((each) => each === undefined).length).toBeGreaterThanOrEqual(1);
    // The last rung is the whole training.
    expect(until).not.toContain(9);
  });

  it('counts a trial that failed as the worst, and goes on', async () => {
    const fake = fakeRuns({
      value,
      fails: ({ folder: place }) =>
        place.endsWith('trial-0002')
          ? { kind: 'failed', message: 'diverged', final: true }
          : undefined,
    });
    const record = await run({ search: tpe({ ranges, trials: 12 }) }, { start: fake.start });
    expect(record.runs.filter(({ state }) => state === 'complete')).toHaveLength(11);
    expect(record.runs.find(({ state }) => state === 'failed')?.id).toBe('trial-0002');
    const told = readJournal(join(folder, 'journal.jsonl')).filter(({ event }) => event === 'tell');
    expect(told).toHaveLength(12);
    expect(JSON.stringify(told)).toContain('"told":{"number":2}');
  });

  it('ends with an error where its trials are compared before anything is validated', async () => {
    const search = asha({ ranges, trials: 8, maxEpochs: 16 });
    const fake = fakeRuns({ value: (_, epoch) => (epoch % 4 === 0 ? 0.5 : undefined) });
    await expect(run({ search }, { start: fake.start, slots: 1 })).rejects.toThrow(
      "trial-0000: its run has no 'validationAccuracy' up to epoch 1",
    );
    expect(fake.began).toEqual(['trial-0000']);
    const told = readJournal(join(folder, 'journal.jsonl')).filter(({ event }) => event === 'tell');
    expect(told).toEqual([]);
    // Those that are validated by then are compared.
    folder = join(root, `${count}-later`);
    const later = asha({ ranges, trials: 8, minEpochs: 4, maxEpochs: 16 });
    const { runs } = await run({ search: later }, { start: fake.start });
    expect(runs.some(({ state }) => state === 'complete')).toBe(true);
  });

  it('waits for what its trials need', async () => {
    const fake = fakeRuns({ value: () => 0.5 });
    const record = await run(
      {
        stages: {
          teacher: {},
          student: {
            base: { teacher: runOf('teacher') },
            search: randomSearch({ ranges, trials: 3 }),
          },
        },
      },
      { start: fake.start },
    );
    expect(fake.began).toEqual([
      'teacher',
      'student-trial-0000',
      'student-trial-0001',
      'student-trial-0002',
    ]);
    expect(record.runs.every(({ state }) => state === 'complete')).toBe(true);
  });

  it('may stand beside another, each with what it asked for', async () => {
    const fake = fakeRuns({ value });
    const { searches } = await run(
      {
        stages: {
          plain: { base: { lr: 1, decay: 0 } },
          drawn: { search: randomSearch({ ranges, trials: 3 }) },
          halved: { search: asha({ ranges, trials: 9, maxEpochs: 9, reduction: 3 }) },
        },
      },
      { start: fake.start },
    );
    expect(searches).toEqual([
      { stage: 'drawn', name: 'randomSearch', trials: 3 },
      { stage: 'halved', name: 'asha', trials: 9, rungs: [1, 3] },
    ]);
  });

  it('does not hold up another while its trials wait', async () => {
    const fake = fakeRuns({ value: () => 0.5, pace: 5 });
    const search = randomSearch({ ranges, trials: 2 });
    const { runs } = await run(
      {
        stages: {
          teacher: {},
          student: { base: { teacher: runOf('teacher') }, search },
          plain: { search },
        },
      },
      { start: fake.start, slots: 2 },
    );
    expect(fake.began.slice(0, 2)).toEqual(['teacher', 'plain-trial-0000']);
    expect(fake.began.toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
    expect(runs.every(({ state }) => state === 'complete')).toBe(true);
  });

  it('begins nothing where what it needs has failed', async () => {
    const fake = fakeRuns({ fails: () => ({ kind: 'failed', message: 'no', final: true }) });
    const record = await run(
      {
        stages: {
          teacher: {},
          student: {
            base: { teacher: runOf('teacher') },
            search: randomSearch({ ranges, trials: 2 }),
          },
        },
      },
      { start: fake.start },
    );
    expect(fake.began).toEqual(['teacher']);
    expect(record.runs.map(({ state }) => state)).toEqual(['failed', 'skipped', 'skipped']);
  });

  it('begins anew where it was altered', async () => {
    const given = (seed: number): StudyOptions => ({
      search: randomSearch({ ranges, trials: 3, seed }),
    });
    await run(given(1), { start: fakeRuns({ value }).start });
    await expect(run(given(2), { resume: true, acceptEdits: true })).rejects.toThrow(
      'its search is another',
    );
    // As a version that draws otherwise would ask.
    const file = join(folder, 'journal.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"lr":[\d.e-]+/, '"lr":0.5'));
    await expect(run(given(1), { resume: true })).rejects.toThrow(
      'a search that was altered begins anew',
    );
  });

  it('knows the length of the trainings that it cuts short', () => {
    const search = asha({ ranges, trials: 4, maxEpochs: 8 });
    expect(study({ search }).stages[0]?.base).toEqual({ epochs: 8 });
    expect(() => study({ base: { epochs: 10 }, search })).toThrow(
      'got maxEpochs 8 and 10 epochs in the base',
    );
  });
});
