import {
  asha,
  type LiveRun,
  logUniform,
  planOf,
  runOf,
  study,
  type StudyOptions,
} from '@mnet/sweep';
import { endWithParent } from '@mnet/sweep/child';

const options: StudyOptions = {
  stages: {
    teacher: { grid: { width: [0.5, 1] }, seeds: 2 },
    student: {
      program: 'distill',
      base: { teacher: runOf('teacher') },
      grid: { width: [0.5, 1] },
      seeds: 2,
    },
  },
};
const any = {
  inputs: () => ({}),
  seed: 'seed',
  check: () => {},
  command: () => ({ file: 'none', args: [] }),
};
const programs = { train: { name: 'train', ...any }, distill: { name: 'distill', ...any } };
const runs: Pick<LiveRun, 'id' | 'needs'>[] = [...planOf(study(options), programs)];
const last = runs.at(-1);
if (runs.length !== 8 || last?.needs[0] !== 'teacher-width-1-seed-2')
  throw new Error(JSON.stringify(last));
const search = asha({ ranges: { lr: logUniform(0.001, 1) }, trials: 8, maxEpochs: 8 });
if (search.trials !== 8 || typeof endWithParent !== 'function') throw new Error('no search');
console.log(`a study of ${runs.length} runs`);
