import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  appendFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readStudy } from '../../src/engine/read-study.ts';
import { type RunStudyOptions, runStudy } from '../../src/engine/run-study.ts';
import type { StudyState } from '../../src/engine/study-state.ts';
import { runOf } from '../../src/study/run-of.ts';
import { type StudyOptions, study } from '../../src/study/study.ts';
import { programs } from '../study/programs.ts';
import { fakeRuns } from './fake-runs.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-engine-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder = '';
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
});

const run = (given: StudyOptions, options: Partial<RunStudyOptions> = {}) =>
  runStudy(study(given), { programs, folder, backoff: 0, ...options });

const states = (given: { readonly runs: readonly { id: string; state: string }[] }) =>
  Object.fromEntries(given.runs.map(({ id, state }) => [id, state]));

const twoStages: StudyOptions = {
  stages: {
    teacher: { seeds: 2 },
    student: { base: { teacher: runOf('teacher') }, grid: { alpha: [0, 1] }, seeds: 2 },
  },
};

describe('a study on one machine', () => {
  it('makes every run once, no more at once than there are slots', async () => {
    const fake = fakeRuns();
    const record = await run(
      { grid: { lr: [1, 2, 3] }, seeds: 3 },
      { start: fake.start, slots: 4 },
    );
    expect(fake.began.toSorted()).toEqual(record.runs.map(({ id }) => id).toSorted());
    expect(record.runs.every(({ state }) => state === 'complete')).toBe(true);
    expect(fake.seen).toEqual({ twice: [], most: 4 });
    expect(existsSync(join(folder, 'report.html'))).toBe(true);
  });

  it('begins a run when those that it needs are complete, with their folders in its settings', async () => {
    const fake = fakeRuns();
    const taught: unknown[] = [];
    await run(twoStages, {
      slots: 8,
      start: (program, order, watch) => {
        const { teacher } = order.config as { teacher?: string };
        if (teacher !== undefined) {
          taught.push(teacher.replace(folder, ''));
          expect(existsSync(join(teacher, 'log.jsonl'))).toBe(true);
          expect(readFileSync(join(teacher, 'log.jsonl'), 'utf8')).toContain('"finished"');
        }
        return fake.start(program, order, watch);
      },
    });
    const times = (seed: number) => taught.filter((each) => each === `/teacher-seed-${seed}`);
    expect([taught.length, times(1).length, times(2).length]).toEqual([4, 2, 2]);
  });

  it('begins runs in the order in which the study has them', async () => {
    const fake = fakeRuns();
    await run({ stages: { a: { seeds: 2 }, b: { seeds: [5] } } }, { start: fake.start, slots: 1 });
    expect(fake.began).toEqual(['a-seed-1', 'a-seed-2', 'b']);
  });

  it('tries a run again that failed in a way that may pass, so often and no more', async () => {
    const fails = fakeRuns({
      fails: ({ folder: place }, attempt) =>
        place.endsWith('seed-1') && attempt <= 2
          ? { kind: 'failed', message: 'the disk is full', final: false }
          : place.endsWith('seed-2')
            ? { kind: 'stopped', signal: 'SIGKILL' }
            : undefined,
    });
    const record = await run({ seeds: 3 }, { start: fails.start, retries: 2 });
    expect(states(record)).toEqual({
      'seed-1': 'complete',
      'seed-2': 'failed',
      'seed-3': 'complete',
    });
    expect(fails.began.filter((id) => id === 'seed-1')).toHaveLength(3);
    expect(fails.began.filter((id) => id === 'seed-2')).toHaveLength(3);
    expect(record.runs[1]?.error).toContain('SIGKILL');
  });

  it('names what failed for good and what needs it, and makes the rest', async () => {
    const fake = fakeRuns({
      fails: ({ folder: place }) =>
        place.endsWith('teacher-seed-1')
          ? { kind: 'failed', message: 'diverged', final: true }
          : undefined,
    });
    const record = await run(twoStages, { start: fake.start });
    expect(states(record)).toEqual({
      'teacher-seed-1': 'failed',
      'teacher-seed-2': 'complete',
      'student-alpha-0-seed-1': 'skipped',
      'student-alpha-0-seed-2': 'complete',
      'student-alpha-1-seed-1': 'skipped',
      'student-alpha-1-seed-2': 'complete',
    });
    expect(record.runs.find(({ id }) => id === 'student-alpha-0-seed-1')?.error).toBe(
      'teacher-seed-1, which it needs, failed',
    );
    expect(fake.began.filter((id) => id === 'teacher-seed-1')).toHaveLength(1);
  });

  it('tells of each change', async () => {
    const told: StudyState[] = [];
    await run({ seeds: 2 }, { start: fakeRuns().start, onChange: (state) => told.push(state) });
    expect(
      told.some(({ runs }) =>
        runs.some(({ state, progress }) => state === 'running' && progress?.epoch === 2),
      ),
    ).toBe(true);
    expect(told.at(-1)?.runs.map(({ state, value }) => [state, value])).toEqual([
      ['complete', 0.03],
      ['complete', 0.03],
    ]);
  });
});

describe('a study that was stopped', () => {
  it('goes on where it stood, and makes no complete run again', async () => {
    const stop = new AbortController();
    const first = fakeRuns({ pace: 5 });
    const stopped = run(
      { seeds: 6 },
      {
        start: first.start,
        slots: 2,
        signal: stop.signal,
        onChange: ({ runs }) => {
          if (runs.filter(({ state }) => state === 'complete').length === 2) stop.abort();
        },
      },
    );
    await expect(stopped).rejects.toThrow('aborted');
    const before = readStudy(folder);
    const complete = before.runs.filter(({ state }) => state === 'complete').map(({ id }) => id);
    expect(complete.length).toBeGreaterThanOrEqual(2);
    expect(complete.length).toBeLessThan(6);
    const second = fakeRuns();
    const record = await run({ seeds: 6 }, { start: second.start, resume: true });
    expect(record.runs.every(({ state }) => state === 'complete')).toBe(true);
    expect(record.started).toBe(before.started);
    expect(second.began.filter((id) => complete.includes(id))).toEqual([]);
  });

  it('is tried again where it was given up, and not where it diverged', async () => {
    const failing = fakeRuns({
      fails: ({ folder: place }) => ({
        kind: 'failed',
        message: place.endsWith('seed-2') ? 'diverged' : 'no',
        final: !place.endsWith('seed-1'),
      }),
    });
    await run({ seeds: 3 }, { start: failing.start, retries: 0 });
    const well = fakeRuns();
    const record = await run({ seeds: 3 }, { start: well.start, resume: true });
    expect(states(record)).toEqual({
      'seed-1': 'complete',
      'seed-2': 'failed',
      'seed-3': 'complete',
    });
    // The third may be of a function that was mended.
    expect(well.began).toEqual(['seed-1', 'seed-3']);
  });

  it('survives a line that was being written', async () => {
    await run({ seeds: 1 }, { start: fakeRuns().start });
    appendFileSync(join(folder, 'journal.jsonl'), '{"event":"fai');
    const record = await run({ seeds: 1 }, { start: fakeRuns().start, resume: true });
    expect(record.runs[0]?.state).toBe('complete');
    expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8')).toBe('');
    appendFileSync(join(folder, 'journal.jsonl'), 'nonsense\n');
    await expect(run({ seeds: 1 }, { resume: true })).rejects.toThrow('line 1 is no JSON object');
  });
});

describe('a study whose runs were edited', () => {
  const one = { base: { lr: 1 } };
  const both = (lr: number): StudyOptions => ({ stages: { one, two: { base: { lr } } } });

  it('does not take what a run made with other settings before it was taken out', async () => {
    const fake = fakeRuns();
    const go = { start: fake.start, resume: true, acceptEdits: true };
    await run(both(2), { start: fake.start });
    await run({ stages: { one } }, go);
    await expect(run(both(3), go)).rejects.toThrow('two has other settings');
    // The same run may come back.
    expect(states(await run(both(2), go))).toEqual({ one: 'complete', two: 'complete' });
    expect(fake.began).toEqual(['one', 'two']);
    await run({ stages: { one } }, go);
    await run({ stages: { one } }, { start: fake.start, overwrite: true });
    expect(existsSync(join(folder, 'two'))).toBe(false);
  });
});

describe("a study's folder", () => {
  it('is not taken where a study or anything else is', async () => {
    await run({ seeds: 1 }, { start: fakeRuns().start });
    await expect(run({ seeds: 1 })).rejects.toThrow('there is a study already; give --resume');
    const other = join(root, `${count}-other`);
    mkdirSync(other);
    writeFileSync(join(other, 'thesis.tex'), '');
    await expect(run({ seeds: 1 }, { folder: other })).rejects.toThrow(
      'it holds thesis.tex and no study',
    );
  });

  it('is replaced without what is not its own', async () => {
    await run({ seeds: 3 }, { start: fakeRuns().start });
    writeFileSync(join(folder, 'notes.md'), 'mine');
    const record = await run({ seeds: 1 }, { start: fakeRuns().start, overwrite: true });
    expect(record.runs.map(({ id }) => id)).toEqual(['run']);
    expect(readdirSync(folder).toSorted()).toEqual([
      'journal.jsonl',
      'notes.md',
      'report.html',
      'run',
      'study.json',
    ]);
  });

  it('is one of the same study, unless the edits are accepted that can be', async () => {
    await run({ seeds: 2 }, { start: fakeRuns().start });
    const resumed = (given: StudyOptions, acceptEdits = false) => {
      const fake = fakeRuns();
      return run(given, { start: fake.start, resume: true, acceptEdits }).then((record) => ({
        began: fake.began,
        ids: record.runs.map(({ id }) => id),
      }));
    };
    await expect(resumed({ seeds: [2, 3] })).rejects.toThrow(
      'its runs are 1 more (seed-3), without 1 (seed-1); give --accept-edits',
    );
    expect(await resumed({ seeds: [2, 3] }, true)).toEqual({
      began: ['seed-3'],
      ids: ['seed-2', 'seed-3'],
    });
    await expect(resumed({ base: { epochs: 5 }, seeds: [2, 3] }, true)).rejects.toThrow(
      'seed-2 has other settings',
    );
    await expect(resumed({ metric: 'validationLoss', seeds: [2, 3] }, true)).rejects.toThrow(
      'its metric is another',
    );
  });

  it('has one process that makes its runs', async () => {
    const slow = run({ seeds: 1 }, { start: fakeRuns({ pace: 300 }).start });
    await expect.poll(() => existsSync(join(folder, 'study.json')), { timeout: 60_000 }).toBe(true);
    // The lock is waited for, as a killed process keeps it for some seconds.
    const other = run({ seeds: 1 }, { start: fakeRuns().start, resume: true });
    const [first, second] = await Promise.all([slow, other]);
    expect([first, second].map(({ runs }) => runs[0]?.state)).toEqual(['complete', 'complete']);
  });

  it('of another version or altered is refused by name', async () => {
    await run({ seeds: 1 }, { start: fakeRuns().start });
    writeFileSync(join(folder, 'study.json'), '{"format":9}');
    await expect(run({ seeds: 1 }, { resume: true })).rejects.toThrow('got the format 9, takes 1');
    expect(() => readStudy(root)).toThrow('it holds no study');
  });

  describe('that names what lies elsewhere', () => {
    /** The study's file with other content, as anyone may have written it. */
    const altered = (change: (stored: Record<string, object[]>) => object): void => {
      const file = join(folder, 'study.json');
      const stored = JSON.parse(readFileSync(file, 'utf8')) as Record<string, object[]>;
      writeFileSync(file, JSON.stringify({ ...stored, ...change(stored) }));
    };
    const victim = (): string => {
      const place = join(root, `${count}-victim`);
      mkdirSync(place);
      writeFileSync(join(place, 'thesis.tex'), 'mine');
      return place;
    };
    const overwritten = () => run({ seeds: 1 }, { start: fakeRuns().start, overwrite: true });

    it.each<[string, (up: string) => object, string]>([
      ['a run', (id) => ({ runs: [{ id }] }), 'runs[0].id: got'],
      ['a run without a name', () => ({ runs: [{}] }), 'runs[0].id: got undefined'],
      ['a former run', (id) => ({ former: { [id]: '' } }), 'former: got'],
      ['a search', (stage) => ({ searches: [{ stage, trials: 1 }] }), 'searches[0].stage: got'],
      [
        'more trials than there can be',
        () => ({ searches: [{ stage: '', trials: 1e15 }] }),
        'searches[0].trials: got',
      ],
      ['runs of no settings', () => ({ runs: [{ id: 'a' }] }), 'runs[0].config: got undefined'],
      [
        'runs of settings that are a list',
        () => ({ runs: [{ id: 'a', config: {}, values: [] }] }),
        'runs[0].values: got',
      ],
      [
        'runs that do not say what they need',
        () => ({ runs: [{ id: 'a', config: {}, values: {} }] }),
        'runs[0].needs: got undefined, takes an array',
      ],
      [
        'a search of nothing',
        () => ({ searches: [{ stage: '', trials: 1, search: null }] }),
        'searches[0].search: got null, takes an object',
      ],
      ['no searches', () => ({ searches: 'none' }), "searches: got 'none', takes an array"],
    ])('is refused, and nothing is removed: %s', async (_, change, message) => {
      const place = victim();
      await run({ seeds: 1 }, { start: fakeRuns().start });
      altered(() => change(`../${count}-victim`));
      const refused = `${join(folder, 'study.json')}: ${message}`;
      await expect(overwritten()).rejects.toThrow(refused);
      expect(() => readStudy(folder)).toThrow(refused);
      expect(existsSync(join(place, 'thesis.tex'))).toBe(true);
      expect(existsSync(join(folder, 'run'))).toBe(true);
    });

    it('is refused where a link leads there', async () => {
      const place = victim();
      await run({ seeds: 1 }, { start: fakeRuns().start });
      symlinkSync(root, join(folder, 'up'));
      altered(({ runs }) => ({ runs: [...runs!, { ...runs![0], id: `up/${count}-victim` }] }));
      await expect(overwritten()).rejects.toThrow(`${join(folder, 'up')}: got a link`);
      expect(existsSync(join(place, 'thesis.tex'))).toBe(true);
    });
  });

  it('may have folders of runs within others, as keys of own functions have names', async () => {
    const fake = fakeRuns();
    await run({ grid: { 'rate/first layer': [1, 2] } }, { start: fake.start });
    const ids = ['rate/first layer-1', 'rate/first layer-2'];
    expect(readStudy(folder).runs.map(({ id }) => id)).toEqual(ids);
    await run({ seeds: 1 }, { start: fake.start, overwrite: true });
    expect(readdirSync(join(folder, 'rate'))).toEqual([]);
    await expect(run({ grid: { '../rate': [1, 2] } }, { overwrite: true })).rejects.toThrow(
      "study: run: got '../rate-1', takes a path below the study's folder",
    );
  });
});
