import type { Config, Value } from '../config.ts';

/** Stands in a config for the folder of a run of another stage. */
export interface RunOf {
  /** A stage's name; of a planned run, the run's id. */
  readonly runOf: string;
  readonly [key: string]: Value;
}

/**
 * In a stage's `base`: the folder of the run of an earlier stage that has the same values, seed included, wherever both
 * stages vary the same key; so that each student learns from the teacher of its seed.
 */
export function runOf(stage: string): RunOf {
  return { runOf: stage };
}

/** Whether a value is a {@link RunOf}. */
export function isRunOf(value: Value | undefined): value is RunOf {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === 'runOf' && typeof (value as RunOf).runOf === 'string';
}

/** A config whose references are folders. */
export function withFolders(config: Config, folderOf: (id: string) => string): Config {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      isRunOf(value) ? folderOf(value.runOf) : value,
    ]),
  );
}
