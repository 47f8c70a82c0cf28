import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config.ts';
import { type PlannedRun, planOf, runDigest } from '../../src/study/plan.ts';
import { runOf } from '../../src/study/run-of.ts';
import { type StudyOptions, study, studyFrom } from '../../src/study/study.ts';
import { programs } from './programs.ts';

const ids = (given: StudyOptions): string[] => planOf(study(given), programs).map(({ id }) => id);

describe('a plan', () => {
  it('has every combination of a grid with every entry of a list, from every seed', () => {
    const planned = planOf(
      study({
        base: { epochs: 3, seed: 7 },
        list: [{ lr: 0.1 }, { lr: 0.2, width: 0.5 }],
        grid: { batchSize: [32, 64] },
        seeds: 2,
      }),
      programs,
    );
    expect(planned.map(({ id }) => id)).toEqual([
      'lr-0.1-batch-size-32-seed-7',
      'lr-0.1-batch-size-32-seed-8',
      'lr-0.1-batch-size-64-seed-7',
      'lr-0.1-batch-size-64-seed-8',
      'lr-0.2-batch-size-32-width-0.5-seed-7',
      'lr-0.2-batch-size-32-width-0.5-seed-8',
      'lr-0.2-batch-size-64-width-0.5-seed-7',
      'lr-0.2-batch-size-64-width-0.5-seed-8',
    ]);
    expect(planned[5]).toMatchObject({
      config: { epochs: 3, lr: 0.2, width: 0.5, batchSize: 32, seed: 8 },
      values: { lr: 0.2, width: 0.5, batchSize: 32 },
      seed: 8,
      needs: [],
    });
  });

  it('names runs by what differs, and nothing else', () => {
    expect(ids({})).toEqual(['run']);
    expect(ids({ seeds: 1 })).toEqual(['run']);
    expect(ids({ seeds: [3, 1] })).toEqual(['seed-3', 'seed-1']);
    expect(ids({ grid: { width: [1], lr: [0.1, 0.2] } })).toEqual(['lr-0.1', 'lr-0.2']);
  });

  it('has names that are files of every system, each of its own', () => {
    const awkward = ['../up', 'a b', 'A B', { deep: [1, 2] }, 'x'.repeat(200), ''];
    const names = ids({ grid: { augment: awkward } });
    for (const name of names) expect(name).toMatch(/^\w[\w.-]{0,99}$/);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(awkward.length);
  });

  it('gives each student the teacher of its seed, and of its other values', () => {
    const planned = planOf(
      study({
        stages: {
          teacher: { base: { model: 'resnet18' }, grid: { batchSize: [32, 64] }, seeds: 2 },
          student: {
            base: { teacher: runOf('teacher') },
            grid: { batchSize: [32, 64], alpha: [0, 1] },
            seeds: 2,
          },
        },
      }),
      programs,
    );
    expect(planned).toHaveLength(4 + 8);
    for (const { id, stage, values, seed, needs, config } of planned) {
      if (stage === 'teacher') expect(needs).toEqual([]);
      else {
        const teacher = `teacher-batch-size-${JSON.stringify(values['batchSize'])}-seed-${seed}`;
        expect([id, needs, config['teacher']]).toEqual([id, [teacher], { runOf: teacher }]);
      }
    }
  });

  it('has the same digest of a run whatever the order in which a file says it', () => {
    const digest = (base: Config): string =>
      runDigest(planOf(study({ base }), programs)[0] as PlannedRun);
    const one = digest({ epochs: 3, lr: 0.1 });
    expect(digest({ lr: 0.1, epochs: 3 })).toBe(one);
    expect(digest({ epochs: 4, lr: 0.1 })).not.toBe(one);
  });
});

describe('refused', () => {
  const cases: [string, unknown, string][] = [
    ['no object', 3, 'got 3, takes an object'],
    ['an unknown key', { widths: [1] }, "unknown option 'widths'"],
    ['a name with a path', { name: 'a/b' }, "name: got 'a/b', takes a name"],
    ['an axis that is no array', { grid: { lr: 0.1 } }, 'grid.lr: got 0.1, takes an array'],
    ['an empty axis', { grid: { lr: [] } }, 'grid.lr: got no values'],
    ['a value that is not JSON', { base: { lr: Number.NaN } }, 'base: got'],
    ['a function as a value', { base: { lr: () => 1 } }, 'base: got'],
    ['an empty list', { list: [] }, 'list: got no settings'],
    ['a seed twice', { seeds: [1, 1] }, 'takes each seed once'],
    ['seeds beside an axis of them', { seeds: 2, grid: { seed: [1, 2] } }, 'beside the axis seed'],
    [
      'a key in grid and in list',
      { grid: { lr: [1] }, list: [{ lr: 2 }] },
      'lr in grid and in list',
    ],
    ['stages and a stage', { stages: {}, base: {} }, 'got stages and base'],
    ['no stages', { stages: {} }, 'got none'],
    ['a stage with a bad name', { stages: { 'a b': {} } }, "got the name 'a b'"],
    ['a stage that is named as a folder', { stages: { configs: {} } }, "got the name 'configs'"],
    ['another program', { program: 'fit' }, "program: got 'fit', takes one of"],
    ['program and run', { program: 'train', run: async () => {} }, 'takes one of them'],
    ['the same setting twice', { list: [{ lr: 1 }, { lr: 1 }] }, 'twice, takes each setting once'],
    ['a base that the program refuses', { base: { epochs: -1 } }, 'run: epochs: got -1'],
    [
      'a reference to no stage',
      { stages: { b: { base: { teacher: runOf('a') } } } },
      "runOf 'a': takes an earlier stage",
    ],
    [
      'a reference to a later stage',
      { stages: { b: { base: { teacher: runOf('a') } }, a: {} } },
      'takes an earlier stage',
    ],
    [
      'a reference that fits several runs',
      { stages: { a: { seeds: 2 }, b: { base: { teacher: runOf('a') } } } },
      'got 2 runs that fit it (a-seed-1, a-seed-2), takes one',
    ],
    [
      'a reference that fits none',
      { stages: { a: { seeds: 2 }, b: { base: { teacher: runOf('a') }, seeds: [5] } } },
      'got 0 runs that fit seed 5',
    ],
  ];
  it.each(cases)('%s', (_, given, message) => {
    const plan = (): unknown => planOf(studyFrom(given, 'study'), programs);
    let said = '';
    try {
      plan();
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said.toLowerCase()).toContain(message.toLowerCase());
  });
});
