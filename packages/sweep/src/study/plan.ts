import { show } from '@mnet/core/check';
import { sha256 } from '@mnet/core/files';
import { canonical } from '../canonical.ts';
import type { Config, Value } from '../config.ts';
import type { Program } from '../run/program.ts';
import { checkRunName, runName, shortDigest } from './names.ts';
import { isRunOf, type RunOf } from './run-of.ts';
import { type Setting, settingsOf } from './settings.ts';
import type { Stage, Study } from './study.ts';

/** One run that a study is made of. */
export interface PlannedRun {
  /** Its name in the study, which is its folder's: `student-width-0.5-seed-2`. */
  readonly id: string;
  /** The stage it belongs to; empty in a study of one stage. */
  readonly stage: string;
  /** The name of its program. */
  readonly program: string;
  /** Its settings, seed included. A value `{ runOf: id }` stands for the folder of another run of the study. */
  readonly config: Config;
  /** What sets it apart from others of its stage: the values of the axes, without the seed. */
  readonly values: Readonly<Record<string, Value>>;
  readonly seed?: number;
  /** Ids of the runs that must be complete before it begins. */
  readonly needs: readonly string[];
}

/** Programs by name. */
export type Programs = Readonly<Record<string, Program>>;

/**
 * The runs of a study that are known before anything is begun: all but those of searches, each after those that it needs. Every config is checked.
 *
 * @throws Error that names the stage, the key and what it takes
 */
export function planOf(study: Study, programs: Programs): readonly PlannedRun[] {
  const planned: PlannedRun[] = [];
  for (const stage of study.stages) {
    if (stage.search) continue;
    const program = programOf(stage, programs);
    const settings = settingsOf(stage, program.seed);
    checkOnce(stage, settings);
    const varied = variedKeys(settings);
    const severalSeeds = new Set(settings.map(({ seed }) => seed)).size > 1;
    for (const setting of settings) {
      const names = Object.fromEntries(
        varied.filter((key) => key in setting.values).map((key) => [key, named(setting, key)]),
      );
      const id = runName(stage.name, names, severalSeeds ? setting.seed : undefined);
      checkRunName(id, 'study: run');
      planned.push(plannedRun(stage, program, unique(id, setting, planned), setting, planned));
    }
  }
  return planned;
}

/** A run of a search. */
export function plannedTrial(
  stage: Stage,
  programs: Programs,
  number: number,
  values: Readonly<Record<string, Value>>,
  planned: readonly PlannedRun[],
): PlannedRun {
  const setting = { values, config: { ...stage.base, ...values } };
  return plannedRun(
    stage,
    programOf(stage, programs),
    trialName(stage.name, number),
    setting,
    planned,
  );
}

/** More trials than any search begins, and few enough to be looked for one by one. */
export const mostTrials = 1_000_000;

/** The name of a search's run: `trial-0007`. */
export function trialName(stage: string, number: number): string {
  return `${stage === '' ? '' : `${stage}-`}trial-${String(number).padStart(4, '0')}`;
}

/** A digest of what decides a run's bits, on the machine that its paths are of. */
export function runDigest({ program, config, needs }: PlannedRun): string {
  return sha256([canonical({ program, config, needs })]);
}

function programOf({ name, program }: Stage, programs: Programs): Program {
  const found = programs[program];
  if (found) return found;
  const where = name === '' ? 'study' : `study.stages.${name}`;
  throw new Error(
    `${where}.program: got ${show(program)}, takes one of ${Object.keys(programs).join(', ')}`,
  );
}

function plannedRun(
  stage: Stage,
  program: Program,
  id: string,
  { values, seed, config: given }: Setting,
  planned: readonly PlannedRun[],
): PlannedRun {
  const needs: string[] = [];
  const config = Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      if (!isRunOf(value)) return [key, value];
      const { id: needed } = runMeant(
        value,
        stage,
        { values, ...(seed !== undefined && { seed }) },
        planned,
      );
      if (!needs.includes(needed)) needs.push(needed);
      return [key, { runOf: needed }];
    }),
  );
  try {
    program.check(config);
  } catch (error) {
    const said = (error as Error).message.replace(/^error: /, '');
    throw new Error(`study: ${id}: ${said}`, { cause: error });
  }
  return {
    id,
    stage: stage.name,
    program: program.name,
    config,
    values,
    ...(seed !== undefined && { seed }),
    needs,
  };
}

/** The run of another stage that a reference stands for: the one with the same values of whatever both vary. */
function runMeant(
  { runOf }: RunOf,
  stage: Stage,
  { values, seed }: Pick<Setting, 'values' | 'seed'>,
  planned: readonly PlannedRun[],
): PlannedRun {
  const where = `study.stages.${stage.name}: runOf ${show(runOf)}`;
  const candidates = planned.filter((run) => run.stage === runOf && runOf !== stage.name);
  if (candidates.length === 0) {
    const stages = [...new Set(planned.map((run) => run.stage))].filter(
      (name) => name !== stage.name,
    );
    throw new Error(
      `${where}: takes an earlier stage that is no search, of which there is ${stages.join(', ') || 'none'}`,
    );
  }
  const fitting = candidates.filter(
    (run) =>
      (seed === undefined || run.seed === undefined || run.seed === seed) &&
      Object.entries(run.values).every(
        ([key, value]) => !(key in values) || same(values[key] as Value, value),
      ),
  );
  const [only] = fitting;
  if (only && fitting.length === 1) return only;
  const of = [
    ...Object.entries(values).map(([key, value]) => `${key} ${show(value)}`),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
  ];
  throw new Error(
    `${where}: got ${fitting.length} runs that fit ${of.join(', ') || 'it'} (${(fitting.length > 0
      ? fitting
      : candidates
    )
      .slice(0, 4)
      .map(({ id }) => id)
      .join(', ')}), takes one: let both stages vary the same keys and seeds`,
  );
}

/** The keys of which a stage has more than one value. */
function variedKeys(settings: readonly Setting[]): readonly string[] {
  const keys = [...new Set(settings.flatMap(({ values }) => Object.keys(values)))];
  return keys.filter((key) => new Set(settings.map(({ values }) => text(values[key]))).size > 1);
}

function named({ values }: Setting, key: string): Value {
  const value = values[key] as Value;
  return isRunOf(value) ? value.runOf : value;
}

/** A name that no other run has. */
function unique(id: string, { config }: Setting, planned: readonly PlannedRun[]): string {
  const taken = (name: string): boolean =>
    planned.some((run) => run.id.toLowerCase() === name.toLowerCase());
  if (!taken(id)) return id;
  const other = `${id}-${shortDigest(canonical(config))}`;
  if (!taken(other)) return other;
  throw new Error(`study: got the run ${id} twice, takes each setting once`);
}

/** @throws Error if two runs of a stage have the same settings */
function checkOnce(stage: Stage, settings: readonly Setting[]): void {
  const seen = new Set<string>();
  for (const { config, values } of settings) {
    const content = canonical(config);
    if (seen.has(content)) {
      const where = stage.name === '' ? 'study' : `study.stages.${stage.name}`;
      throw new Error(
        `${where}: got the setting ${show(text(values))} twice, takes each setting once`,
      );
    }
    seen.add(content);
  }
}

function same(a: Value, b: Value): boolean {
  return text(a) === text(b);
}

function text(value: Value | undefined): string {
  return value === undefined ? '' : canonical(value);
}
