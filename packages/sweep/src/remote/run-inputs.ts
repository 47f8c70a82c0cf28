import type { Config } from '../config.ts';
import { offerInput } from '../inputs/offer-input.ts';
import { takeInput } from '../inputs/take-input.ts';
import type { Program } from '../run/program.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { PlannedRun } from '../study/plan.ts';

/** Where the inputs of runs come from on this machine. */
export interface InputPlaces {
  /** A folder for copies, and for digests of files that were read before. */
  readonly cache: string;
  /** Folders that may hold what runs read. */
  readonly near: readonly string[];
}

/** How {@link offerInputs} does it. */
export interface Offering {
  /** A folder for digests of files that were read before. */
  readonly cache: string;
  /** Whether the files themselves go to the store; else workers must have them. */
  readonly content: boolean;
  /** Of what was offered before, by its path; that is not offered again. */
  readonly digests?: Map<string, string>;
  /** Keys that a search sets. */
  readonly open?: readonly string[];
  /** Told of each path once. */
  readonly onInput?: (path: string) => void;
}

/** Stands in a config for what lies at a path of the driver's machine. */
interface Input {
  readonly input: string;
}

/** Puts what runs read into a store, and the digests of it into their configs, so that these are the same wherever they come from. */
export async function offerInputs(
  runs: readonly PlannedRun[],
  programOf: (run: PlannedRun) => Program,
  store: ObjectStore,
  { cache, content, digests = new Map<string, string>(), open, onInput }: Offering,
): Promise<readonly PlannedRun[]> {
  const offered: PlannedRun[] = [];
  for (const run of runs) {
    const program = programOf(run);
    const config: Record<string, Config[string]> = {
      ...run.config,
      ...program.follows?.(run.config, open),
    };
    for (const [key, path] of Object.entries(program.inputs(run.config, open))) {
      let digest = digests.get(path);
      if (digest === undefined) {
        onInput?.(path);
        ({ digest } = await offerInput(store, path, { cache, content }));
        digests.set(path, digest);
      }
      config[key] = { input: digest } satisfies Input;
    }
    offered.push({ ...run, config });
  }
  return offered;
}

/** A config in which paths of this machine stand for the digests of what lies there. */
export async function withInputs(
  config: Config,
  store: ObjectStore,
  { cache, near }: InputPlaces,
  signal?: AbortSignal,
): Promise<Config> {
  const entries: [string, Config[string]][] = [];
  for (const [key, value] of Object.entries(config)) {
    const digest = inputDigest(value);
    if (digest === undefined) entries.push([key, value]);
    else {
      const path = await takeInput(store, digest, { cache, near, ...(signal && { signal }) });
      entries.push([key, path]);
    }
  }
  return Object.fromEntries(entries);
}

function inputDigest(value: Config[string] | undefined): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { input, ...others } = value as Partial<Input>;
  return typeof input === 'string' && Object.keys(others).length === 0 ? input : undefined;
}
