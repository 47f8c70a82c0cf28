import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PublishedFigure, ReportRun } from '@mnet/bench';
import { readRun, type RunRecord, runPaths } from '@mnet/train';
import { groupOf, type NamedTraining, titleOf } from './jobs.ts';
import { type ArmResult, type Published, publishedOf, resultGroups } from './results.ts';
import { readResults } from './results-file.ts';

/** What the report of an experiment shows. */
export interface ExperimentReport {
  readonly title: string;
  readonly runs: readonly ReportRun[];
  readonly published: readonly PublishedFigure[];
}

/** The runs of an experiment's folder as its report names them; undefined where the folder holds no experiment's results. */
export function experimentReport(dir: string): ExperimentReport | undefined {
  const found = readResults(dir);
  if (found === undefined) return undefined;
  const { experiment, dataset, results, diverged = [], published } = found;
  const ended = results.map((result) => {
    const { folder, parameters: params, macs } = result;
    return jobRun(result, readRun(join(dir, folder)), { params, macs });
  });
  const runs = [...ended, ...diverged.flatMap((names) => divergedRun(dir, names) ?? [])];
  if (runs.length === 0) return undefined;
  const title = experimentTitle({ experiment, dataset });
  return { title, runs, published: besideGroups(results, published) };
}

/** What a training that diverged has left; undefined where it was not begun, since one that it builds on has. */
export function divergedRun(dir: string, names: NamedTraining): ReportRun | undefined {
  const run = join(dir, names.folder);
  return existsSync(runPaths(run).config) ? jobRun(names, readRun(run)) : undefined;
}

/** A training as reports name it, with what its network costs where that is known. */
export function jobRun(
  training: NamedTraining,
  record: RunRecord,
  cost: Pick<ReportRun, 'params' | 'macs'> = {},
): ReportRun {
  return { ...record, name: titleOf(training), group: groupOf(training), ...cost };
}

/** The heading of an experiment's pages. */
export function experimentTitle(about: { experiment: string; dataset: string }): string {
  return `${about.experiment} on ${about.dataset}`;
}

/** Figures of others as a report takes them: beside the runs of an arm and width. */
export function besideGroups(
  results: readonly ArmResult[],
  published: readonly Published[],
): PublishedFigure[] {
  return resultGroups(results).flatMap(([first]) => {
    const found = publishedOf(first, published);
    const beside = groupOf(first);
    return found ? [{ label: 'published', testAccuracy: found.testAccuracy, beside }] : [];
  });
}
