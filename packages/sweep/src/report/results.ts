import { count, percent, seconds } from '@mnet/bench';
import { grouped } from './grouped.ts';
import { metricWords, spreadText } from './metric.ts';
import { spreadOf, type StudySetting, type StudyStage, stagesOf } from './stages.ts';
import type { StudyRecord, StudyRun } from './study-record.ts';
import { valueText } from './value-text.ts';

/** The table of a study's settings, as page and terminal have it. */
export interface Results {
  readonly header: readonly string[];
  /** One a setting, stage by stage, the best of each first. */
  readonly rows: readonly (readonly string[])[];
  /** What a reader must know of the figures, a sentence each. */
  readonly notes: readonly string[];
}

/** A column; one that no row needs is left out. */
interface Column {
  readonly title: string;
  readonly cell: (setting: StudySetting, stage: StudyStage) => string | undefined;
  readonly always?: boolean;
}

/** One row a setting: its values, how many seeds, what it reached, what it costs. */
export function resultsOf(study: StudyRecord): Results {
  const stages = stagesOf(study);
  const all = stages.flatMap((stage) => stage.settings.map((setting) => ({ setting, stage })));
  const columns = columnsOf(study, stages).flatMap(({ title, cell, always = false }) => {
    const cells = all.map(({ setting, stage }) => cell(setting, stage));
    const needed = always || cells.some((each) => each !== undefined);
    return needed ? [{ title, cells: cells.map((each) => each ?? '–') }] : [];
  });
  return {
    header: columns.map(({ title }) => title),
    rows: all.map((_, i) => columns.map(({ cells }) => cells[i] as string)),
    notes: notesOf(study, stages),
  };
}

function columnsOf(study: StudyRecord, stages: readonly StudyStage[]): Column[] {
  const words = metricWords(study.metric);
  const keys = [...new Set(stages.flatMap(({ factors }) => factors.map(({ key }) => key)))];
  const runs = stages.flatMap(({ settings }) => settings.flatMap((each) => each.runs));
  const epochs = new Set(runs.flatMap((run) => epochsOf(run) ?? []));
  const several = runs.length > stages.reduce((sum, { settings }) => sum + settings.length, 0);
  return [
    { title: '', cell: rank, always: true },
    {
      title: 'stage',
      cell: (_, { name }) => (stages.length > 1 ? name : undefined),
    },
    { title: 'trial', cell: ({ name }, { search }) => (search ? name : undefined) },
    ...keys.map(
      (key): Column => ({
        title: key,
        cell: ({ values }) => (key in values ? valueText(values[key]) : undefined),
      }),
    ),
    { title: 'n', cell: (setting) => (several ? seedsOf(setting) : undefined) },
    {
      title: words.name,
      cell: ({ spread }) => spread && spreadText(spread, words),
      always: true,
    },
    { title: 'test accuracy', cell: testOf },
    {
      title: 'epochs',
      cell: ({ runs: own }) =>
        epochs.size > 1 ? rangeText(own.flatMap((run) => epochsOf(run) ?? [])) : undefined,
    },
    {
      title: 'parameters',
      cell: ({ runs: own }) => {
        const counted = own.flatMap(({ record }) => record?.model.trainableParameters ?? []);
        return counted[0] === undefined ? undefined : count(counted[0]);
      },
    },
    {
      title: 'time a run',
      cell: ({ runs: own }) => {
        const times = own.flatMap((run) =>
          run.state === 'complete' && run.record ? [run.record.seconds] : [],
        );
        return times.length === 0 ? undefined : seconds(spreadOf(times)?.mean ?? 0);
      },
    },
    {
      title: 'state',
      cell: (setting) =>
        runs.every(({ state }) => state === 'complete') ? undefined : stateOf(setting),
    },
  ];
}

function rank(setting: StudySetting, { settings, best }: StudyStage): string {
  if (setting.spread === undefined) return '–';
  return `${settings.indexOf(setting) + 1}${setting === best ? ' best' : ''}`;
}

/** How many runs its figure is of; of how many, where some have none. */
function seedsOf({ runs, reached }: StudySetting): string {
  return reached.length === runs.length ? `${runs.length}` : `${reached.length} of ${runs.length}`;
}

/** Of a search that of the best trial alone. */
function testOf(setting: StudySetting, { search, best }: StudyStage): string | undefined {
  if (search && setting !== best) return undefined;
  const found = spreadOf(
    setting.runs.flatMap(({ state, record }) =>
      state === 'complete' && record?.test ? [record.test.accuracy] : [],
    ),
  );
  return (
    found &&
    spreadText(found, {
      name: 'test accuracy',
      format: percent,
      spread: (value) => (value * 100).toFixed(2),
    })
  );
}

/** The last epoch that a run has done. */
export function epochsOf({ record }: StudyRun): number | undefined {
  return record?.epochs.at(-1)?.epoch;
}

function rangeText(values: readonly number[]): string | undefined {
  if (values.length === 0) return undefined;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? `${low}` : `${low}–${high}`;
}

function stateOf({ runs }: StudySetting): string {
  const states = [...grouped(runs, ({ state }) => state)];
  if (states.length === 1) return runs[0].state;
  return states.map(([state, own]) => `${own.length} ${state}`).join(', ');
}

function notesOf({ metric, runs }: StudyRecord, stages: readonly StudyStage[]): string[] {
  const { name } = metricWords(metric);
  const reached = stages.flatMap(({ settings }) => settings.flatMap((each) => each.reached));
  const trained = runs.some(({ record }) => (record?.epochs.length ?? 0) > 0);
  const seeds = stages.some(({ settings }) => settings.some((each) => each.reached.length > 1));
  const searches = stages.filter(({ search }) => search).length;
  const compared = stages.some(({ search, settings }) => !search && settings.length > 1);
  const notes: string[] = [];
  if (reached.length > 0) {
    notes.push(
      `The ${name} is that of the weights that a run keeps${seeds ? '; of several seeds the mean ± the sample standard deviation' : ''}.`,
    );
  } else if (trained) {
    notes.push(
      `There is no ${name}: without validation images nothing can be chosen, and the settings stand in the study's order.`,
    );
  }
  if (searches > 0 && reached.length > 0) {
    notes.push(
      `The test accuracy is shown of the best trial ${searches > 1 ? 'of each search ' : ''}alone: trials are chosen by held-out training images, and the test images are looked at once, at the end.`,
    );
  } else if (compared && reached.length > 0) {
    notes.push(
      'The best is chosen by held-out training images, not by the test images, whose figures stand beside.',
    );
  }
  if (runs.some(({ state }) => state === 'paused')) {
    notes.push('Trials that are paused show what they had reached when the search left them.');
  }
  return notes;
}
