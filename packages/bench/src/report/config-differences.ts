import type { JsonValue, RunRecord } from '@mnet/train';

/** A setting in which runs differ. */
export interface ConfigDifference {
  /** Such as `options.optimizer.learningRate`. */
  readonly key: string;
  /** The value of each run, as JSON; undefined where a run has no such setting. */
  readonly values: readonly (string | undefined)[];
}

/** The settings in which runs differ: network, data, options, objective and environment, not names and dates. */
export function configDifferences(runs: readonly RunRecord[]): ConfigDifference[] {
  const settings = runs.map((run) => flat(deciding(run)));
  const keys = new Set(settings.flatMap((each) => [...each.keys()]));
  return [...keys]
    .map((key) => ({ key, values: settings.map((each) => each.get(key)) }))
    .filter(({ values }) => new Set(values).size > 1);
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
