import { summarize } from '@mnet/bench';
import { metricKept } from '../search/metric-of.ts';
import type { Metric } from '../search/search.ts';
import { type Factor, factorsOf, levelOf, type Values } from './factors.ts';
import { grouped } from './grouped.ts';
import { isBetter } from './metric.ts';
import type { StudyRecord, StudyRun, StudySearch } from './study-record.ts';
import { valueText } from './value-text.ts';

/** The mean of some runs, and how far they lie apart. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; 0 of one. */
  readonly std: number;
  readonly n: number;
}

/** Runs of a stage that differ by their seed alone; of a search one trial. */
export interface StudySetting {
  /** What sets it apart, in words; a trial's is its id. */
  readonly name: string;
  readonly values: Values;
  readonly runs: readonly [StudyRun, ...StudyRun[]];
  /** What its runs have reached that are complete, or as far as a search took them. */
  readonly reached: readonly number[];
  /** Undefined where none has reached anything. */
  readonly spread: Spread | undefined;
}

/** A stage of a study as its report shows it. */
export interface StudyStage {
  /** Empty in a study of one stage. */
  readonly name: string;
  /** Absent where it is none. */
  readonly search?: StudySearch;
  /** The keys in which its settings differ. */
  readonly factors: readonly Factor[];
  /** The best first; those that have reached nothing last, in the study's order. */
  readonly settings: readonly StudySetting[];
  /** The best of those that a run is complete of, else of all that have reached something. */
  readonly best: StudySetting | undefined;
}

/** The stages of a study, in their order. */
export function stagesOf({ runs, metric, searches = [] }: StudyRecord): StudyStage[] {
  return [...grouped(runs, ({ stage }) => stage)].map(([name, own]) => {
    const search = searches.find(({ stage }) => stage === name);
    const factors = factorsOf(own);
    const keyOf = ({ id, values }: StudyRun): string =>
      search ? id : factors.map(({ key }) => levelOf(values[key])).join('\n');
    const settings = [...grouped(own, keyOf).values()].map((each) =>
      settingOf(each, metric, search ? each[0].id : wordsOf(each[0], factors, name)),
    );
    const sorted = settings.toSorted((a, b) => order(a, b, metric));
    const complete = sorted.filter(({ runs: [first, ...others] }) =>
      [first, ...others].some(({ state }) => state === 'complete'),
    );
    const best = [...complete, ...sorted].find(({ spread }) => spread !== undefined);
    return { name, ...(search && { search }), factors, settings: sorted, best };
  });
}

/** The mean of some numbers; undefined of none. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const { mean, std } = summarize(values);
  return { mean, std, n: values.length };
}

/** Whether what a run has reached counts: it is complete, or a search has paused it. */
export function counts({ state }: StudyRun): boolean {
  return state === 'complete' || state === 'paused';
}

/** What a run has reached that counts: the metric of the weights that it keeps. */
export function reachedBy(run: StudyRun, metric: Metric): number | undefined {
  if (!counts(run) || run.record === undefined) return undefined;
  const value = metricKept(run.record, metric);
  return Number.isFinite(value) ? value : undefined;
}

function settingOf(
  runs: readonly [StudyRun, ...StudyRun[]],
  metric: Metric,
  name: string,
): StudySetting {
  const reached = runs.flatMap((run) => reachedBy(run, metric) ?? []);
  return { name, values: runs[0].values, runs, reached, spread: spreadOf(reached) };
}

function wordsOf({ values }: StudyRun, factors: readonly Factor[], stage: string): string {
  if (factors.length === 0) return stage === '' ? 'all runs' : stage;
  return factors.map(({ key }) => `${key} ${valueText(values[key])}`).join(', ');
}

function order(a: StudySetting, b: StudySetting, metric: Metric): number {
  if (a.spread === undefined || b.spread === undefined) {
    return Number(a.spread === undefined) - Number(b.spread === undefined);
  }
  if (a.spread.mean === b.spread.mean) return 0;
  return isBetter(a.spread.mean, b.spread.mean, metric) ? -1 : 1;
}
