import type { JsonObject, JsonValue } from '../json.ts';
import { buildOf } from '../runs/environment.ts';
import type { RunDescription } from '../runs/run-record.ts';

/**
 * Throws unless a run that is to be resumed was made with what is at hand now: with anything else it would not end
 * as the run that was interrupted.
 */
export function compareConfigs(dir: string, then: RunDescription, now: RunDescription): void {
  const differences = diff(deciding(then), deciding(now), '');
  if (differences.length > 0) {
    throw new Error(
      `resume: the run in '${dir}' was made with other settings (${differences.join('; ')}); write the same, overwrite: true, or another folder`,
    );
  }
}

/**
 * What differs of the backend, its kernels, TensorFlow.js, Node.js's major version and the machine's kind: another
 * of these rounds in another way. The number of threads and the processor do not matter.
 */
export function compareBuilds(then: RunDescription, now: RunDescription): string[] {
  return diff(plain(buildOf(then.environment)), plain(buildOf(now.environment)), 'environment');
}

/** What a run is made of; names of networks and folders, dates and speed do not count. */
function deciding({ model, dataset, options, objective }: RunDescription): JsonObject {
  const { name: _model, ...network } = model;
  return plain({ model: network, dataset, options, objective });
}

/** As JSON has it, which is how a run writes it down. */
function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

function diff(a: JsonValue | undefined, b: JsonValue | undefined, path: string): string[] {
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      diff(a[key], b[key], path === '' ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    // The first that differs says enough: of layers, all later ones often do.
    return a.flatMap((each: JsonValue, i) => diff(each, b[i], `${path}[${i}]`)).slice(0, 1);
  }
  const [then, now] = [quote(a), quote(b)];
  return then === now ? [] : [`${path}: it has ${then}, got ${now}`];
}

function quote(value: JsonValue | undefined): string {
  if (Array.isArray(value) && value.length > 8) return `${value.length} entries`;
  return JSON.stringify(value) ?? 'nothing';
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
