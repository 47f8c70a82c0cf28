import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cifar100Source, cifar10Source } from '@mnet/data-cifar';
import { type Config, type Program, runOf, study as studyOf } from '@mnet/sweep';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandPrograms, programsFor } from '../src/sweep/programs.ts';

let dir: string;
const before = process.cwd();
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'mnet-programs-')));
  process.chdir(dir);
  mkdirSync('photos');
});
afterAll(() => {
  process.chdir(before);
  rmSync(dir, { recursive: true, force: true });
});

const { train, distill } = commandPrograms() as { train: Program; distill: Program };
const base: Config = { model: 'mobilenet_v1', dataset: 'shapes10' };

describe('what a run reads', () => {
  it('is what its flags name as paths, and none of the folder that it is made in', () => {
    const config = { ...base, data: 'photos', runs: 'photos', epochs: 3 };
    expect(train.inputs(config)).toEqual({ data: join(dir, 'photos') });
    const student = { dataset: 'shapes10', student: 'mobilenet_v2' };
    expect(distill.inputs({ ...student, teacher: './photos' })).toEqual({
      teacher: join(dir, 'photos'),
    });
    expect(distill.inputs({ ...student, teacher: runOf('teacher') })).toEqual({});
    expect(train.inputs(base)).toEqual({});
    expect(() => train.inputs({ ...base, data: 'none' })).toThrow(
      'data: got none, takes the path of what is there',
    );
  });

  it('decides what is held out where it was a run that had held something out', () => {
    const config = { data: join(dir, 'photos'), validation: 4, test: 0.25, seed: 7 };
    mkdirSync('run');
    writeFileSync(join('run', 'flags.json'), JSON.stringify(config));
    const further = { model: './run', data: 'photos', seed: 2 };
    const held = { dataSeed: 7, validation: 4, test: 0.25 };
    expect(train.follows?.(further)).toEqual(held);
    expect(train.follows?.({ ...further, test: 0.5 })).toEqual({ dataSeed: 7, validation: 4 });
    // So many of one folder may be all of another.
    expect(train.follows?.({ ...further, data: 'run' })).toEqual({ dataSeed: 7, test: 0.25 });
    expect(train.follows?.(further, ['data'])).toEqual({});
    expect(train.follows?.(further, ['dataSeed'])).toEqual({ validation: 4, test: 0.25 });
    expect(train.follows?.({ ...base, seed: 2 })).toEqual({});
    const student = { student: 'mobilenet_v2', data: 'photos' };
    expect(distill.follows?.({ ...student, teacher: './run' })).toEqual(held);
    expect(distill.follows?.({ ...student, teacher: runOf('teacher') })).toEqual({});
  });

  it('is CIFAR in its folder, in an archive, or where its files lie', () => {
    const { folder, archive, train: parts } = cifar10Source;
    const at = (dataDir?: string) =>
      train.inputs({ ...base, dataset: 'cifar10', ...(dataDir !== undefined && { dataDir }) });
    expect(() => at()).toThrow(`dataDir: got ${join(dir, 'data')}, takes a folder with ${folder}`);
    expect(() => at('nowhere')).toThrow(`takes a folder with ${folder} or ${archive}`);
    mkdirSync('data');
    writeFileSync(join('data', archive), '');
    expect(at()).toEqual({ dataDir: join(dir, 'data', archive) });
    expect(at(join('data', archive))).toEqual({ dataDir: join(dir, 'data', archive) });
    mkdirSync(join('data', folder));
    expect(at('data')).toEqual({ dataDir: join(dir, 'data', folder) });
    writeFileSync(join('data', folder, parts[0]?.name as string), '');
    expect(at(join('data', folder))).toEqual({ dataDir: join(dir, 'data', folder) });
    // A study need not name what the command's flags are by default.
    expect(train.inputs({ model: 'mobilenet_v1' })).toEqual(at());
    expect(train.inputs({ model: 'mobilenet_v1', dataDir: 'data' })).toEqual(at());
    expect(distill.inputs({ teacher: 'resnet18', student: 'mobilenet_v2' })).toEqual(at());
    // The other set is another one, and pictures of one's own have no use for it.
    expect(() => train.inputs({ ...base, dataset: 'cifar100' })).toThrow(cifar100Source.folder);
    expect(train.inputs({ dataset: 'cifar100', data: 'photos' })).toEqual({
      data: join(dir, 'photos'),
    });
  });
});

describe('what the trials of a search read', () => {
  it('is left out of their base while it depends on what the search sets', () => {
    const named = { dataset: 'cifar100', dataDir: 'nowhere' };
    for (const key of ['dataset', 'data', 'dataDir']) {
      expect(train.inputs({ model: 'mobilenet_v1' }, ['lr', key])).toEqual({});
    }
    expect(train.inputs({ data: 'photos' }, ['dataDir'])).toEqual({ data: join(dir, 'photos') });
    // What is named is known, also where trials have another.
    expect(() => train.inputs(named, ['lr', 'dataset', 'dataDir'])).toThrow(
      `dataDir: got ${join(dir, 'nowhere')}`,
    );
    expect(() => train.inputs({ dataset: 'cifar100' }, ['lr'])).toThrow('dataDir: got');
  });
});

describe('a check', () => {
  it('takes what the command takes, and runs that are not there yet for paths', () => {
    const student = { teacher: runOf('teacher'), student: 'mobilenet_v2', epochs: 3 };
    expect(() => train.check({ ...base, epochs: 3 })).not.toThrow();
    expect(() => distill.check(student)).not.toThrow();
  });

  it.each<[string, () => void, string]>([
    ['what the study decides', () => train.check({ ...base, resume: true }), 'resume: got it in'],
    ['a flag that is none', () => train.check({ ...base, rate: 1 }), "unknown key 'rate'"],
    [
      'flags that do not fit each other',
      () => train.check({ ...base, milestones: [3], schedule: 'cosine' }),
      '--milestones: got it with --schedule cosine',
    ],
    [
      'a distillation that cannot be',
      () => distill.check({ teacher: './t', student: './s', generations: 2 }),
      '--generations: got 2 with the saved student ./s',
    ],
    [
      'a run for a number',
      () => train.check({ ...base, epochs: runOf('teacher') }),
      'epochs: got runOf teacher, takes it where a path is taken',
    ],
  ])('refuses %s', (_, check, message) => {
    expect(check).toThrow(message);
  });
});

describe('a run’s process', () => {
  const order = { config: base, folder: '/runs/a/lr-1', configFile: '/runs/a.json', threads: 3 };
  const words = (program: Program, more: object = {}): string => {
    const { file, args } = program.command({ ...order, ...more });
    expect(file).toBe(process.execPath);
    return args.slice(args.indexOf(program.name)).join(' ');
  };

  it('goes on in its folder with its settings, to its end or to a pause', () => {
    const line = '--config /runs/a.json --threads 3 --runs /runs/a --name lr-1 --resume';
    expect(words(train)).toBe(`train ${line}`);
    expect(words(distill, { anyBuild: true, untilEpoch: 2 })).toBe(
      `distill ${line} --allow-other-build --pause-after 2`,
    );
  });

  it('is one of the study’s file where the study has functions of its own', () => {
    const run = (): Promise<void> => Promise.resolve();
    const study = studyOf({ name: 'own', stages: { mine: { run, paths: ['data'] } } });
    const programs = programsFor(study, 'own.ts');
    const [own] = Object.values(programs).filter(
      ({ name }) => !['train', 'distill'].includes(name),
    );
    expect(Object.keys(programs)).toHaveLength(3);
    expect(own?.command(order).args.at(-1)).toContain(JSON.stringify(join(dir, 'own.ts')));
  });
});
