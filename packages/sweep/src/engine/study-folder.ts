import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { integerIn, show } from '@mnet/core/check';
import { writeWhole } from '@mnet/core/files';
import type { JsonObject } from '@mnet/train';
import type { Metric } from '../search/search.ts';
import { checkRunName } from '../study/names.ts';
import { mostTrials, type PlannedRun, runDigest, trialName } from '../study/plan.ts';
import type { Study } from '../study/study.ts';
import { checkSettings } from './check-settings.ts';

/** The files of a study's folder; beside them lies a folder for each run, by its id. */
export interface StudyPaths {
  /** What the study is made of, written before the first run begins. */
  readonly study: string;
  /** What happened, one JSON object a line. */
  readonly journal: string;
  /** The settings of each run, as `--config` takes them. */
  readonly configs: string;
  readonly report: string;
  /** Held by the process that makes the runs. */
  readonly lock: string;
}

/** What a study's folder says it is made of. */
export interface StoredStudy {
  readonly format: 1;
  readonly name: string;
  /** When it was begun, ISO 8601. */
  readonly started: string;
  readonly metric: Metric;
  readonly searches: readonly {
    readonly stage: string;
    readonly search: JsonObject;
    readonly trials: number;
    readonly base: JsonObject;
  }[];
  readonly runs: readonly PlannedRun[];
  /** Digests by id of runs that were taken out of it; their folders may be there still. */
  readonly former?: Readonly<Record<string, string>>;
  /** The command lines that made it, without secrets. */
  readonly commands?: readonly (readonly string[])[];
}

/** The paths of a study's folder, whether they exist or not. */
export function studyPaths(folder: string): StudyPaths {
  return {
    study: join(folder, 'study.json'),
    journal: join(folder, 'journal.jsonl'),
    configs: join(folder, 'configs'),
    report: join(folder, 'report.html'),
    lock: join(folder, 'study.lock'),
  };
}

/**
 * What is kept of a study.
 *
 * @param before what its folder says of it, where it goes on
 */
export function storedStudy(
  study: Study,
  runs: readonly PlannedRun[],
  before: StoredStudy | undefined,
  commands?: StoredStudy['commands'],
): StoredStudy {
  const { name, metric, stages } = study;
  const former = before ? formerRuns(before, runs) : {};
  return {
    format: 1,
    name,
    started: before?.started ?? new Date().toISOString(),
    metric,
    searches: stages.flatMap(({ name: stage, search, base }) =>
      search ? [{ stage, search: search.describe(), trials: search.trials, base }] : [],
    ),
    runs,
    ...(Object.keys(former).length > 0 && { former }),
    ...(commands && { commands }),
  };
}

function formerRuns(
  before: StoredStudy,
  now: readonly PlannedRun[],
): NonNullable<StoredStudy['former']> {
  const known = Object.entries(digestsOf(before));
  return Object.fromEntries(known.filter(([id]) => !now.some((run) => run.id === id)));
}

/** Of all runs that a study has or had. */
function digestsOf({ runs, former }: StoredStudy): Readonly<Record<string, string>> {
  return { ...former, ...Object.fromEntries(runs.map((run) => [run.id, runDigest(run)])) };
}

/**
 * What a folder says of its study; undefined where it is none.
 *
 * @throws Error that names the file where it is altered, or of another version
 */
export function readStored(folder: string): StoredStudy | undefined {
  const { study: file } = studyPaths(folder);
  if (!existsSync(file)) return undefined;
  let stored: StoredStudy;
  try {
    stored = JSON.parse(readFileSync(file, 'utf8')) as StoredStudy;
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
  if (stored?.format !== 1 || !Array.isArray(stored.runs)) {
    throw new Error(
      `${file}: got the format ${String(stored?.format)}, takes 1; another version of mnet wrote it`,
    );
  }
  checkContent(stored, file);
  return stored;
}

/**
 * Of a file that anyone may have written: the folders that it names, which are read and removed, and what each run and
 * search must say of itself.
 *
 * @throws TypeError or RangeError that names the file and what is wrong in it
 */
function checkContent({ runs, former, searches }: StoredStudy, file: string): void {
  for (const [i, run] of runs.entries()) {
    checkRunName(run?.id, `${file}: runs[${i}].id`);
    checkSettings(run.config, `${file}: runs[${i}].config`);
    checkSettings(run.values, `${file}: runs[${i}].values`);
    checkList(run.needs, `${file}: runs[${i}].needs`);
  }
  for (const id of Object.keys(former ?? {})) checkRunName(id, `${file}: former`);
  checkList(searches, `${file}: searches`);
  for (const [i, search] of searches.entries()) {
    checkRunName(trialName(search?.stage, 0), `${file}: searches[${i}].stage`);
    integerIn(search?.trials, 0, mostTrials, `${file}: searches[${i}].trials`);
    checkSettings(search.search, `${file}: searches[${i}].search`);
    checkSettings(search.base, `${file}: searches[${i}].base`);
  }
}

function checkList(value: unknown, where: string): void {
  if (!Array.isArray(value)) throw new TypeError(`${where}: got ${show(value)}, takes an array`);
}

export function writeStored(folder: string, stored: StoredStudy): Promise<void> {
  return writeWhole(studyPaths(folder).study, `${JSON.stringify(stored, null, 2)}\n`);
}

/**
 * Removes what a study has written, and nothing else that lies in its folder.
 *
 * @throws Error where a link leads out of the folder
 */
export function removeStudy(folder: string, stored: StoredStudy): void {
  const { study, journal, configs, report } = studyPaths(folder);
  const trials = stored.searches.flatMap(({ stage, trials: most }) =>
    Array.from({ length: most }, (_, number) => trialName(stage, number)),
  );
  for (const id of [...Object.keys(digestsOf(stored)), ...trials]) {
    checkWay(folder, id);
    rmSync(join(folder, id), { recursive: true, force: true });
  }
  // The study's own file at last, so that one that is stopped here is removed again.
  for (const path of [journal, configs, report, study]) {
    rmSync(path, { recursive: true, force: true });
  }
}

/** @throws Error where a link stands between a study's folder and a run's, which may lead elsewhere */
function checkWay(folder: string, id: string): void {
  const way = dirname(id);
  const place = join(folder, way);
  if (!existsSync(place) || realpathSync(place) === join(realpathSync(folder), way)) return;
  throw new Error(`${place}: got a link, takes a folder: what is removed lies below the study's`);
}

/** How a study differs from the one that its folder was begun with: ids of runs, and what else. */
export interface StudyEdits {
  readonly added: readonly string[];
  readonly gone: readonly string[];
  /** Same id, other settings; also of a run that was taken out before. */
  readonly changed: readonly string[];
  /** Searches and the metric. */
  readonly other: readonly string[];
}

export function editsOf(before: StoredStudy, now: StoredStudy): StudyEdits {
  const old = digestsOf(before);
  const had = new Set(before.runs.map(({ id }) => id));
  const has = new Set(now.runs.map(({ id }) => id));
  return {
    added: [...has].filter((id) => !had.has(id)),
    gone: [...had].filter((id) => !has.has(id)),
    changed: now.runs
      .filter((run) => old[run.id] !== undefined && old[run.id] !== runDigest(run))
      .map(({ id }) => id),
    other: [
      ...(JSON.stringify(before.metric) === JSON.stringify(now.metric) ? [] : ['metric']),
      ...(JSON.stringify(before.searches) === JSON.stringify(now.searches) ? [] : ['search']),
    ],
  };
}

/** What may be edited in a study. */
export interface EditRules {
  readonly accepted: boolean;
  /** Whether a run with other settings may take the place of the one in its folder, so that nothing is lost. */
  readonly replaces: (id: string) => boolean;
  /** What else can be done than giving the study another name. */
  readonly otherwise: string;
}

/** @throws Error that says how a study was edited since it was begun, where that is not accepted or cannot be */
export function checkEdits(
  { added, gone, changed, other }: StudyEdits,
  { accepted, replaces, otherwise }: EditRules,
  where: string,
): void {
  const fixed = [
    ...changed.filter((id) => !replaces(id)).map((id) => `${id} has other settings`),
    ...other.map((what) => `its ${what} is another`),
  ];
  if (fixed.length > 0) {
    throw new Error(
      `${where}: the study was edited since it was begun: ${few(fixed)}; give it another name${otherwise}`,
    );
  }
  const said = [
    ...(added.length > 0 ? [`${added.length} more (${few(added)})`] : []),
    ...(gone.length > 0 ? [`without ${gone.length} (${few(gone)})`] : []),
    ...(changed.length > 0 ? [`${changed.length} with other settings (${few(changed)})`] : []),
  ];
  if (accepted || said.length === 0) return;
  throw new Error(
    `${where}: the study was edited since it was begun, its runs are ${said.join(', ')}; give --accept-edits to go on with those, or another name`,
  );
}

function few(words: readonly string[]): string {
  const shown = words.slice(0, 3).join(', ');
  return words.length > 3 ? `${shown} and ${words.length - 3} more` : shown;
}
