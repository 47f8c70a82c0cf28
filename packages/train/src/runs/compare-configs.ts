import type { JsonObject, JsonValue } from '../json.ts';
import type { RunConfig } from './run-record.ts';

/**
 * Throws unless a run that is to be resumed was made with what is at hand now: with anything else it would not end
 * as the run that was interrupted.
 */
export function compareConfigs(
  dir: string,
  then: Omit<RunConfig, 'format' | 'name'>,
  now: Omit<RunConfig, 'format' | 'name'>,
): void {
  const differences = diff(deciding(then), deciding(now), '');
  if (differences.length > 0) {
    throw new Error(
      `resume: the run in '${dir}' was made with other settings (${differences.join('; ')}); write the same, overwrite: true, or another folder`,
    );
  }
}

/** What decides a run's bits; names, dates and speed do not. */
function deciding(config: Omit<RunConfig, 'format' | 'name'>): JsonObject {
  const { model, dataset, options, objective, environment } = config;
  const { trainableParameters, nonTrainableParameters } = model;
  const { backend } = environment;
  const parts = {
    model: { trainableParameters, nonTrainableParameters },
    dataset,
    options,
    objective,
    backend,
  };
  return JSON.parse(JSON.stringify(parts));
}

function diff(a: JsonValue | undefined, b: JsonValue | undefined, path: string): string[] {
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      diff(a[key], b[key], path === '' ? key : `${path}.${key}`),
    );
  }
  const [then, now] = [JSON.stringify(a) ?? 'nothing', JSON.stringify(b) ?? 'nothing'];
  return then === now ? [] : [`${path}: it has ${then}, got ${now}`];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
