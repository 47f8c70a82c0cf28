import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runPaths } from '@mnet/train';
import type { StudyRecord, StudyRun, StudySearch } from '../report/study-record.ts';
import { outputFile } from '../run/output.ts';
import { isComplete, recordIn } from '../run/record-in.ts';
import { type PlannedRun, trialName } from '../study/plan.ts';
import { type JournalEvent, lastFailure, readJournal } from './journal.ts';
import { readStored, type StoredStudy, studyPaths } from './study-folder.ts';

/**
 * Everything that a study's folder says, also while its runs are made or after they were stopped.
 *
 * @throws Error where the folder holds no study
 */
export function readStudy(folder: string): StudyRecord {
  const stored = readStored(folder);
  if (!stored)
    throw new Error(`${folder}: it holds no study; takes the folder of one that was begun`);
  const events = readJournal(studyPaths(folder).journal);
  const runs = [...stored.runs, ...trialsOf(stored, events)].map((run) =>
    runIn(folder, run, events),
  );
  const failed = new Set(runs.flatMap(({ id, state }) => (state === 'failed' ? [id] : [])));
  const searches = stored.searches.map((search) => searchOf(search, events));
  const known = runs.map(({ needs, ...run }): StudyRun => {
    const lacking = run.state === 'waiting' ? needs.find((id) => failed.has(id)) : undefined;
    if (lacking === undefined) return run;
    return { ...run, state: 'skipped', error: `${lacking}, which it needs, failed` };
  });
  const isOpen = known.some(({ state }) => ['waiting', 'running', 'stopped'].includes(state));
  const last = known
    .flatMap(({ id }) => changed(runPaths(join(folder, id)).log))
    .toSorted()
    .at(-1);
  return {
    name: stored.name,
    started: stored.started,
    ...(!isOpen && last !== undefined && { ended: last }),
    metric: stored.metric,
    ...(searches.length > 0 && { searches }),
    ...(stored.commands && { commands: stored.commands }),
    runs: known,
  };
}

function searchOf(
  { stage, search, trials }: StoredStudy['searches'][number],
  events: readonly JournalEvent[],
): StudySearch {
  const asked = events.flatMap((event) =>
    event.event === 'ask' && event.stage === stage && event.untilEpoch !== undefined
      ? [event.untilEpoch]
      : [],
  );
  const rungs = [...new Set(asked)].toSorted((a, b) => a - b);
  return {
    stage,
    name: Object.keys(search)[0] ?? '',
    trials,
    ...(rungs.length > 0 && { rungs }),
  };
}

/** When a file was changed, ISO 8601; none where there is none. */
function changed(file: string): string[] {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? [stat.mtime.toISOString()] : [];
}

/** The runs that searches asked for. */
function trialsOf({ searches }: StoredStudy, events: readonly JournalEvent[]): PlannedRun[] {
  const trials = new Map<string, PlannedRun>();
  for (const event of events) {
    if (event.event !== 'ask') continue;
    const { stage, trial } = event;
    const id = trialName(stage, trial.number);
    const base = searches.find((each) => each.stage === stage)?.base ?? {};
    trials.set(id, {
      id,
      stage,
      program: '',
      config: { ...base, ...trial.values },
      values: trial.values,
      needs: [],
    });
  }
  return [...trials.values()];
}

function runIn(
  folder: string,
  { id, stage, values, seed, needs, config }: PlannedRun,
  events: readonly JournalEvent[],
): StudyRun & Pick<PlannedRun, 'needs'> {
  const place = join(folder, id);
  const record = recordIn(place);
  const failure = lastFailure(events, id);
  const told = events.findLast(
    (event) =>
      event.event !== 'failed' &&
      trialName(event.stage, event.event === 'ask' ? event.trial.number : event.told.number) === id,
  );
  const state = ((): StudyRun['state'] => {
    if (record && isComplete(record)) return 'complete';
    if (failure?.final || failure?.givenUp) return 'failed';
    if (told?.event === 'tell') return record ? 'paused' : 'skipped';
    if (record) return 'stopped';
    return 'waiting';
  })();
  return {
    id,
    stage,
    values,
    ...(seed !== undefined && { seed }),
    needs,
    config,
    state,
    ...(record && { record }),
    ...(state !== 'complete' && failure && { error: failure.message }),
    ...(state === 'skipped' && { error: 'a run that it needs failed' }),
    ...(existsSync(runPaths(place).report) && { report: `${id}/report.html` }),
    ...(existsSync(outputFile(place)) && { log: `${id}/output.log` }),
  };
}
