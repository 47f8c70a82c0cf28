import { readWhole, writeWhole } from '@mnet/core/files';
import {
  boolean,
  choice,
  custom,
  either,
  type Fields,
  integer,
  list,
  nested,
  number,
  optional,
  type Options,
  options,
  required,
  resolve,
  type Takes,
  text,
} from '@mnet/core/options';
import { show } from '@mnet/core/check';
import { modes, sizeDtypes } from '../measure/kinds.ts';
import type { AnyResult } from './any-result.ts';
import { moment, parseMarked } from './marked-json.ts';

/** What marks a file of results, and the version that this package writes and reads. */
const mark = { format: 'mnet-bench', version: 1 };

/** Files of results that are larger are none of ours. */
const largest = 2 ** 26;

const nothing = custom<null>('null', (value) => value === null);
const orNull = <T>(takes: Takes<T>): Takes<T | null> => either(takes, nothing);
const count = integer({ min: 0 });
const amount = number({ min: 0 });
const time = number({ above: 0 });
const share = number({ min: 0, max: 1 });
const word = text();

const environmentFields = options({
  node: optional(word),
  userAgent: optional(word),
  tfjs: required(word),
  tfjsLayers: required(word),
  mnet: optional(word),
  backend: required(word),
  backendVersion: optional(word),
  build: optional(word),
  runtime: optional(word),
  kernelBuild: optional(word),
  threads: optional(count),
  cpu: optional(word),
  cores: optional(count),
  memoryBytes: optional(amount),
  platform: optional(word),
  osRelease: optional(word),
  commit: optional(word),
  dirty: optional(boolean()),
  command: optional(list(custom<string>('a text', (value) => typeof value === 'string'))),
});

const base = {
  model: required(word),
  params: required(count),
  macs: required(orNull(amount)),
  width: optional(orNull(time)),
  classes: optional(orNull(count)),
  size: optional(orNull(count)),
  strides: optional(orNull(either(word, list(orNull(count))))),
  date: required(moment),
  session: optional(word),
  environment: required(knownOf(environmentFields)),
};

const computed = {
  mode: required(choice(modes)),
  backend: required(word),
  on: optional(word),
  threads: required(orNull(count)),
  batch: required(integer({ min: 1 })),
  deploy: optional(boolean()),
  capture: optional(boolean()),
  heapBytes: required(orNull(amount)),
};

const saved = options({ bytes: required(count), gzipBytes: required(count) });

/** What a result of each kind has. */
const kinds: Readonly<Record<AnyResult['kind'], Fields>> = {
  time: {
    ...base,
    ...computed,
    node: required(orNull(word)),
    imagesPerSecond: required(time),
    medianMs: required(time),
    p95Ms: required(time),
    meanMs: required(time),
    stdMs: required(amount),
    minMs: required(time),
    firstMs: required(time),
    roundsMs: required(notEmpty(notEmpty(time))),
    peakMemoryBytes: required(orNull(amount)),
  },
  memory: {
    ...base,
    ...computed,
    floorBytes: required(amount),
    peakBytes: required(amount),
    aboveFloorBytes: required(amount),
  },
  size: {
    ...base,
    files: required(
      nested(
        options(Object.fromEntries(sizeDtypes.map((dtype) => [dtype, required(nested(saved))]))),
      ),
    ),
  },
  accuracy: {
    ...base,
    dataset: required(word),
    part: optional(word),
    mirror: optional(boolean()),
    shift: optional(count),
    count: required(integer({ min: 1 })),
    accuracy: required(share),
    top5: optional(share),
    loss: required(amount),
    ece: required(share),
  },
  cost: { ...base, nonTrainableParams: required(count), bytes: required(count) },
};

/**
 * Results as a file holds them: one as an object of its own fields, several listed as `results`; `format` and `version` before.
 *
 * @throws RangeError for no result
 */
export function resultFile(results: readonly AnyResult[]): object {
  const [first, ...others] = results;
  if (first === undefined) throw new RangeError('results: got none, takes at least one');
  return others.length === 0 ? { ...mark, ...first } : { ...mark, results };
}

/**
 * The results of a text, the JSON of a {@link resultFile}. Fields that are not known are left out, so that a later version may have
 * more.
 *
 * @param name what errors call the text, such as its file's path
 * @throws Error that begins with the name for anything else: another format or version, a field that is missing or of a wrong
 *   type.
 */
export function parseResults(content: string, name: string): AnyResult[] {
  const { results, ...single } = parseMarked(content, name, mark);
  if (results === undefined) return [parseResult(single, `${name}: `)];
  if (!Array.isArray(results) || results.length === 0) {
    throw new TypeError(`${name}: results: got ${show(results)}, takes an array of at least one`);
  }
  return results.map((each, i) => parseResult(each, `${name}: results[${i}].`));
}

function parseResult(value: unknown, prefix: string): AnyResult {
  const where = prefix.replace(/[.\s:]+$/, '');
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${where}: got ${show(value)}, takes an object`);
  }
  const kind = choice(Object.keys(kinds) as AnyResult['kind'][]).check(
    (value as { kind?: unknown }).kind,
    `${prefix}kind`,
  );
  const declared = options(kinds[kind]);
  return {
    kind,
    ...without(resolve(declared, knownIn(declared, value), where, prefix)),
  } as unknown as AnyResult;
}

/**
 * Reads a file of results.
 *
 * @throws FileError that names the file where it cannot be read or is larger than 64 MiB, and as {@link parseResults} does.
 */
export async function readResults(path: string): Promise<AnyResult[]> {
  return parseResults(new TextDecoder().decode(await readWhole(path, largest)), path);
}

/**
 * Writes a {@link resultFile} as JSON, whole or not at all. Missing folders are made. Needs Node.js.
 *
 * @throws if there is no result, or the file cannot be written.
 */
export async function writeResults(path: string, results: readonly AnyResult[]): Promise<void> {
  await writeWhole(path, `${JSON.stringify(resultFile(results))}\n`);
}

function notEmpty<T>(each: Takes<T>): Takes<readonly T[]> {
  const takes = list(each);
  return {
    ...takes,
    check: (value, argument) => {
      const checked = takes.check(value, argument);
      if (checked.length === 0) throw new RangeError(`${argument}: got none, takes at least one`);
      return checked;
    },
  };
}

/** An object with these fields and others, which are left out. */
function knownOf<F extends Fields>(declared: Options<F>): Takes<object> {
  return {
    text: 'an object',
    check: (value, argument) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new TypeError(`${argument}: got ${show(value)}, takes an object`);
      }
      return without(resolve(declared, knownIn(declared, value), argument, `${argument}.`));
    },
  };
}

function knownIn<F extends Fields>(declared: Options<F>, value: object): object {
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => (declared.keys as readonly string[]).includes(key)),
  );
}

/** The object without what was left out. */
function without(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}
