import type { Metric } from '../search/search.ts';
import type { PlannedRun } from '../study/plan.ts';
import { jobFormat, type RunFigures, type RunJob, type StorePlace } from './job-data.ts';
import type { RunPlace } from './names.ts';
import type { QueueParts } from './queue-parts.ts';
import type { QueuedStudy } from './queued-run.ts';

/** What holds for a study as a whole. */
export interface StudyEntry {
  readonly state: QueuedStudy['state'];
  /** Of its jobs: lower ones go first. */
  readonly priority: number;
  /** How often a run is tried in all. */
  readonly attempts: number;
  /** Before a run is tried again for the first time, in milliseconds; each further time it doubles. */
  readonly backoff: number;
  readonly store: StorePlace;
  readonly build?: string;
  readonly metric?: Metric;
  /** ISO 8601. */
  readonly created: string;
}

/** One run, as a study's entry has it. */
export interface RunEntry {
  readonly planned: PlannedRun;
  /** Its place in the study, from 0. */
  readonly order: number;
  readonly digest: string;
  /** Digests of what it needs, by id. */
  readonly needs: Readonly<Record<string, string>>;
  /** Ids of the runs that need it. */
  readonly dependants: readonly string[];
  readonly untilEpoch?: number;
}

/** What became of a run, for tables. */
export interface EndedRun extends RunFigures {
  readonly kind: 'complete' | 'paused' | 'failed' | 'skipped' | 'cancelled';
  readonly digest: string;
  /** Of a paused one: the epoch after which it was to pause. */
  readonly untilEpoch?: number;
  readonly message?: string;
  readonly epoch?: number;
  readonly value?: number;
  readonly weights?: string;
  readonly worker?: string;
  readonly attempt?: number;
  /** How often it failed, and how often a worker took it. */
  readonly failures?: number;
  readonly starts?: number;
  /** ISO 8601. */
  readonly at: string;
}

export async function readStudy(
  { client, keys }: QueueParts,
  study: string,
): Promise<StudyEntry | undefined> {
  return parseStudy(await client.hgetall(keys.study(study)));
}

function parseStudy(fields: Record<string, string>): StudyEntry | undefined {
  const { entry, state } = fields;
  if (entry === undefined) return undefined;
  return {
    ...(JSON.parse(entry) as StudyEntry),
    state: (state ?? 'active') as StudyEntry['state'],
  };
}

export async function readRuns(
  { client, keys }: QueueParts,
  study: string,
  ids: readonly string[],
): Promise<(RunEntry | undefined)[]> {
  if (ids.length === 0) return [];
  const texts = await client.hmget(keys.runs(study), ...ids);
  return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as RunEntry)));
}

export async function readAllRuns(
  { client, keys }: QueueParts,
  study: string,
): Promise<Map<string, RunEntry>> {
  const texts = await client.hgetall(keys.runs(study));
  const entries = Object.values(texts).map((text) => JSON.parse(text) as RunEntry);
  // Redis keeps no order.
  entries.sort((a, b) => a.order - b.order);
  return new Map(entries.map((entry) => [entry.planned.id, entry]));
}

export async function readEnded(
  { client, keys }: QueueParts,
  study: string,
): Promise<Map<string, EndedRun>> {
  const texts = await client.hgetall(keys.ended(study));
  return new Map(Object.entries(texts).map(([id, text]) => [id, JSON.parse(text) as EndedRun]));
}

/** Notes what became of runs, for tables; the store has the outcomes that count. */
export async function noteEnded(
  { client, keys }: QueueParts,
  study: string,
  ended: Readonly<Record<string, EndedRun>>,
): Promise<void> {
  const fields = Object.entries(ended).flatMap(([id, each]) => [id, JSON.stringify(each)]);
  if (fields.length > 0) await client.hset(keys.ended(study), ...fields);
}

/** A run's job, made of its entry. */
export function runJob(study: string, meta: StudyEntry, entry: RunEntry): RunJob {
  const { planned, digest, needs, untilEpoch } = entry;
  return {
    format: jobFormat,
    kind: 'run',
    study,
    run: planned.id,
    digest,
    planned,
    needs,
    store: meta.store,
    ...(untilEpoch !== undefined && { untilEpoch }),
    ...(meta.metric && { metric: meta.metric }),
    ...(meta.build !== undefined && { build: meta.build }),
  };
}

export function placeOf(study: string, { planned, digest }: RunEntry): RunPlace {
  return { study, run: planned.id, digest };
}
