import { networkArm } from '@mnet/cli';
import { describe, expect, it } from 'vitest';
import { jobsOf } from '../src/experiments/jobs.ts';

const student = networkArm('student', 'mobilenet_v2');
const arms = [networkArm('teacher', 'mobilenet_v1'), student];

describe('jobs', () => {
  const flags = { seed: 3, seeds: 1, onlySeeds: undefined, widths: undefined };

  it('have in their folder what differs, and none where there is one', () => {
    const folders = (count: number, changes: object): string[] =>
      jobsOf(arms.slice(0, count), { ...flags, ...changes }, count > 1).map(({ folder }) => folder);
    expect(folders(1, {})).toEqual(['']);
    expect(folders(2, {})).toEqual(['teacher', 'student']);
    expect(folders(1, { widths: [0.5, 1] })).toEqual(['width-0.5', 'width-1']);
    expect(folders(1, { seeds: 2, widths: [0.5] })).toEqual(['seed-3', 'seed-4']);
    expect(folders(2, { seeds: 2, widths: [0.5, 1] })).toHaveLength(8);
  });

  it('may be those of some seeds, with the folders that they have among all', () => {
    const jobs = (only: readonly number[]): string[] =>
      jobsOf(
        [{ ...student, name: 'own', seed: 3 }, student],
        { ...flags, seeds: 3, onlySeeds: only },
        true,
      ).map(({ folder }) => folder);
    expect(jobs([4])).toEqual(['own', 'student-seed-4']);
    expect(jobs([5, 3])).toEqual(['own', 'student-seed-3', 'student-seed-5']);
    expect(() => jobs([3, 6])).toThrow('--only-seeds: got 6, takes some of 3 to 5');
  });

  it('are of the width that is swept, else of the width that is given', () => {
    const widths = (changes: object): number[] =>
      jobsOf(arms.slice(0, 1), { ...flags, ...changes }, false).map(({ width }) => width);
    expect(widths({ width: 0.75 })).toEqual([0.75]);
    expect(widths({ width: 0.75, widths: [0.1, 1] })).toEqual([0.1, 1]);
  });

  it('of an arm with a width or a seed of its own come once', () => {
    const jobs = (own: object): [string, number, number][] =>
      jobsOf([{ ...student, name: 'own', ...own }, student], sweep, true)
        .filter(({ arm }) => arm.name === 'own')
        .map(({ folder, width, seed }) => [folder, width, seed]);
    const sweep = { ...flags, seeds: 2, widths: [0.5, 1] };
    expect(jobs({ width: 0.75 })).toEqual([
      ['own-seed-3', 0.75, 3],
      ['own-seed-4', 0.75, 4],
    ]);
    expect(jobs({ seed: 9 })).toEqual([
      ['own-width-0.5', 0.5, 9],
      ['own-width-1', 1, 9],
    ]);
    expect(jobs({ width: 0.75, seed: 9 })).toEqual([['own', 0.75, 9]]);
    expect(() => jobsOf([student, { ...student }], flags, true)).toThrow(
      'arms: got student twice, takes each name once',
    );
  });
});
