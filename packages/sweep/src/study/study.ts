import { knownOptions, show } from '@mnet/core/check';
import {
  callable,
  choice,
  custom,
  either,
  type Given,
  integer,
  list,
  optional,
  options,
  resolve,
  type Takes,
} from '@mnet/core/options';
import type { JsonObject } from '@mnet/train';
import type { Config, Value } from '../config.ts';
import type { OwnRun } from '../run/own-run.ts';
import type { Metric, Search } from '../search/search.ts';
import { searchFrom } from '../search/search-from.ts';

/** An object that JSON can hold. */
const config = custom<Config>(
  'an object of settings by key, as JSON has them',
  (value) => isPlain(value) && isJson(value),
);

const axis: Takes<readonly Value[]> = list(
  custom<Value>('a value as JSON has it', isJson),
  'an array of the values to try',
);

/** What is varied: the axes of a grid, each an array of values. */
const gridTaken: Takes<Readonly<Record<string, readonly Value[]>>> = {
  text: 'an object of arrays by key, such as { width: [0.25, 0.5, 1] }',
  check(value, argument) {
    if (!isPlain(value))
      throw new TypeError(`${argument}: got ${show(value)}, takes ${gridTaken.text}`);
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => {
        const values = axis.check(each, `${argument}.${key}`);
        if (values.length === 0) {
          throw new RangeError(`${argument}.${key}: got no values, takes at least one`);
        }
        return [key, values];
      }),
    );
  },
};

const searchTaken: Takes<Search | JsonObject, Search> = {
  text: 'a search, such as asha({...}), or { asha: {...} } in JSON',
  check: (value, argument) => (isSearch(value) ? value : searchFrom(value, argument)),
};

const seedsTaken = either(
  integer({ min: 1 }),
  list(integer({ min: 0, max: 2 ** 32 - 1 }), 'an array of seeds'),
);

/** What one stage is made of, or a whole study that has one. */
export const stageOptions = options({
  /** A command of `mnet` that makes the runs: `train` (the default) or `distill`. */
  program: optional(choice(['train', 'distill'])),
  /** A function of the study's file that makes them instead: see {@link OwnRun}. */
  run: optional(callable<OwnRun>('a function (config, context) => Promise<void>')),
  /** Keys whose values are paths that `run` reads; those of commands are known. */
  paths: optional(list(custom<string>('a key', (value) => typeof value === 'string')), []),
  /** The settings that all runs share. */
  base: optional(config, {}),
  /** Every combination of these values is run: `{ width: [0.25, 0.5, 1], lr: [0.05, 0.1] }`. */
  grid: optional(gridTaken, {}),
  /** Settings beside each other, each an object that wins over `base`; combined with `grid`, where both are there. */
  list: optional(list(config, 'an array of objects of settings')),
  /** From how many seeds each setting is run (from the base's seed, or 1, upwards), or these seeds. */
  seeds: optional(seedsTaken),
  /** Instead of `grid`, `list` and `seeds`: a search over ranges. */
  search: optional(searchTaken),
});

/** One stage of a study. */
export interface StageOptions extends Given<typeof stageOptions> {}

const nameTaken: Takes<string> = custom(
  'a name of at most 60 letters, digits, -, _ and ., such as widths-1',
  (value) => typeof value === 'string' && /^\w[\w.-]{0,59}$/.test(value),
);

const ownOptions = options({
  /** Letters, digits, `-`, `_` and `.`; it names the study's folder, and the study on a queue. */
  name: optional(nameTaken, 'study'),
  /** What settings are compared by: `validationAccuracy` (the default) or `validationLoss`. */
  metric: optional(choice(['validationAccuracy', 'validationLoss']), 'validationAccuracy'),
  /**
   * Stages by name, in which a later one may take what an earlier one made: `{ teacher: {...}, student: {...} }`, with
   * `teacher: runOf('teacher')` in the student's base.
   */
  stages: optional(
    custom<Readonly<Record<string, StageOptions>>>('an object of stages by name', isPlain),
  ),
});

/** A study as its file writes it: a stage of its own, or `stages`. */
export interface StudyOptions extends Given<typeof ownOptions>, StageOptions {}

/** One stage, checked, every default filled in. */
export interface Stage {
  /** Empty in a study of one stage. */
  readonly name: string;
  /** The name of its program. */
  readonly program: string;
  readonly run?: OwnRun;
  readonly paths: readonly string[];
  readonly base: Config;
  readonly grid: Readonly<Record<string, readonly Value[]>>;
  readonly list?: readonly Config[];
  readonly seeds?: number | readonly number[];
  readonly search?: Search;
}

/** A study, checked. */
export interface Study {
  readonly name: string;
  readonly metric: Metric;
  readonly stages: readonly Stage[];
}

/**
 * Declares a study: the default export of a study's file.
 *
 * @throws TypeError or RangeError that names what it does not take
 */
export function study(given: StudyOptions): Study {
  return studyFrom(given, 'study');
}

/** As {@link study}, of what a file holds. */
export function studyFrom(given: unknown, where: string): Study {
  if (isStudy(given)) {
    // A copy of it may have been given another.
    nameTaken.check(given.name, `${where}: name`);
    return given;
  }
  if (!isPlain(given)) throw new TypeError(`${where}: got ${show(given)}, takes an object`);
  knownOptions(given, [...ownOptions.keys, ...stageOptions.keys], where);
  const own = Object.fromEntries(ownOptions.keys.map((key) => [key, given[key]]));
  const stage = Object.fromEntries(
    Object.entries(given).filter(([key]) => !(key in ownOptions.fields)),
  );
  const { name, metric, stages } = resolve(ownOptions, own, where);
  knownOptions(stage, stageOptions.keys, where);
  const single = Object.keys(stage).filter((key) => stage[key] !== undefined);
  if (stages !== undefined && single.length > 0) {
    throw new TypeError(
      `${where}: got stages and ${single.join(', ')}, takes one or the other: what stands beside stages belongs into one of them`,
    );
  }
  return checked({
    name,
    metric: { name: metric, goal: metric === 'validationLoss' ? 'min' : 'max' },
    stages:
      stages === undefined
        ? [stageOf('', stage, where)]
        : Object.entries(stages).map(([each, content]) =>
            stageOf(stageName(each, where), content, `${where}.stages.${each}`),
          ),
  });
}

function stageName(name: string, where: string): string {
  // `configs` is a folder of every study.
  if (/^[a-z]\w{0,29}$/i.test(name) && name !== 'configs') return name;
  throw new TypeError(
    `${where}.stages: got the name ${show(name)}, takes a letter and at most 29 letters, digits and _, and not configs`,
  );
}

function stageOf(name: string, given: unknown, where: string): Stage {
  const stage = resolve(stageOptions, given, where);
  const { program, run, paths, base, grid, list: settings, seeds, search } = stage;
  if (run !== undefined && program !== undefined) {
    throw new TypeError(`${where}: got program and run, takes one of them`);
  }
  if (run === undefined && paths.length > 0) {
    throw new TypeError(`${where}.paths: got it with program, takes it with run`);
  }
  if (search !== undefined) {
    for (const key of ['list', 'seeds'] as const) {
      if (stage[key] === undefined) continue;
      throw new TypeError(`${where}.${key}: got it beside search, takes one or the other`);
    }
    if (Object.keys(grid).length > 0) {
      throw new TypeError(
        `${where}.grid: got it beside search, takes choice([...]) in its ranges instead`,
      );
    }
  }
  if (settings?.length === 0) {
    throw new RangeError(`${where}.list: got no settings, takes at least one`);
  }
  return {
    name,
    program: run === undefined ? (program ?? 'train') : name === '' ? 'run' : `run:${name}`,
    ...(run && { run }),
    paths,
    base: search ? withEpochs(base, search, where) : base,
    grid,
    ...(settings && { list: settings }),
    ...(seeds !== undefined && { seeds }),
    ...(search && { search }),
  };
}

/** One of another copy of this package too. */
function isSearch(value: unknown): value is Search {
  return typeof (value as Partial<Search> | null)?.start === 'function';
}

/** Halving cuts trainings of a known length short: where the base does not say it, it is the search's. */
function withEpochs(base: Config, search: Search, where: string): Config {
  const { asha } = search.describe() as { asha?: { maxEpochs: number } };
  if (!asha) return base;
  const { maxEpochs } = asha;
  if ((base['epochs'] ?? maxEpochs) === maxEpochs && !search.keys.includes('epochs')) {
    return { ...base, epochs: maxEpochs };
  }
  throw new Error(
    `${where}.search: got maxEpochs ${maxEpochs} and ${show(base['epochs'])} epochs in the base, takes the same: the whole training is the last rung`,
  );
}

/** What a checked study has, the same in every copy of this package: a study's file may have loaded another. JSON cannot have it. */
const mark = Symbol.for('@mnet/sweep study');

function checked(made: Study): Study {
  if (made.stages.length === 0) throw new RangeError('study.stages: got none, takes at least one');
  return { ...made, [mark]: true } as Study;
}

function isStudy(value: unknown): value is Study {
  return typeof value === 'object' && value !== null && mark in value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isJson(value: unknown): value is Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  const plain = isPlain(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value));
  return plain && Object.values(value).every(isJson);
}
