import type { JsonValue, RunRecord } from '@mnet/train';

/** A setting in which runs differ. */
export interface ConfigDifference {
  /** Such as `options.optimizer.learningRate`. */
  readonly key: string;
  /** The value of each run, as JSON; undefined where a run has no such setting. */
  readonly values: readonly (string | undefined)[];
}

/** What decides a run, by path, such as `options.seed`; values are JSON, and a list is one value. */
export type Settings = ReadonlyMap<string, string>;

/** The settings in which runs differ: network, data, options, objective and environment, not names and dates. */
export function configDifferences(runs: readonly RunRecord[]): ConfigDifference[] {
  return settingDifferences(runs.map(settingsOf));
}

/** The settings that are not the same in all of these. */
export function settingDifferences(settings: readonly Settings[]): ConfigDifference[] {
  const keys = new Set(settings.flatMap((each) => [...each.keys()]));
  return [...keys]
    .map((key) => ({ key, values: settings.map((each) => each.get(key)) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** Network, data, options, objective and environment of a run. */
export function settingsOf(run: RunRecord): Settings {
  return flat(deciding(run));
}

/** Whether a setting is a seed, by its path. */
export function isSeed(key: string): boolean {
  return /(?:^|\.)seed$/i.test(key);
}

/** Equal of runs whose settings differ by their seeds alone; machines and software are no settings here. */
export function seedlessSettings(run: RunRecord): string {
  const kept = [...settingsOf(run)].filter(
    ([key]) => !isSeed(key) && !key.startsWith('environment.'),
  );
  return JSON.stringify(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Digests and counts of layers are left out: what made them is there already. */
function deciding({ model, dataset, options, objective, environment }: RunRecord): JsonValue {
  const { layers: _layers, topology: _topology, ...network } = model;
  const { fingerprints: _fingerprints, classes, ...data } = dataset;
  const written = {
    model: network,
    dataset: { ...data, classes: classes.length },
    options,
    objective,
    environment,
  };
  return JSON.parse(JSON.stringify(written)) as JsonValue;
}

/** Values by their paths; a list is one value. */
function flat(value: JsonValue, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new Map([[path, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, each]) => [
      ...flat(each, path === '' ? key : `${path}.${key}`),
    ]),
  );
}
