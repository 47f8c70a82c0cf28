import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readResults, type Results } from '@mnet/cli';
import { writeWholeSync } from '@mnet/core/files';
import { readRun, type RunRecord, runPaths } from '@mnet/train';
import type { Row } from './catalogue.ts';
import { type EpochOf, epochsOf } from './epochs.ts';
import type { Cost } from './make.ts';

/** What a row has given: figures, and of each training what it was and how it went. */
export interface Outcome extends Results {
  /** How the kernels round, `fused` or `unfused`: on it the bits depend, on nothing else of the machine. */
  readonly rounding: string;
  /** What the trainings ran on, such as `AMD EPYC, 2 cores, Node.js v24.21.0, native x86-64-v3`; each once. */
  readonly machines: readonly string[];
  /** SHA-256 of each training's final weights, by its folder within the row's. */
  readonly digests: Readonly<Record<string, string>>;
  /** The epochs of each training, by its folder. */
  readonly epochs: Readonly<Record<string, readonly EpochOf[]>>;
  /** Where each training lies, by its folder within the row's. */
  readonly runs: Readonly<Record<string, string>>;
  /** Whether nothing else ran on the machine, so that its seconds say something; absent: not so, or nobody said. */
  readonly alone?: boolean;
  /** What all of it took; only where it was made {@link alone}, and in one go. */
  readonly cost?: Cost;
}

/** The file with what no file of a run has. */
interface Facts extends Pick<Outcome, 'rounding' | 'machines' | 'digests' | 'alone' | 'cost'> {
  /** What makes the row again. */
  readonly command: string;
}

const factsFile = (dir: string): string => join(dir, 'row.json');

/**
 * What a row's folder of runs holds.
 *
 * @throws where it is not complete
 */
export function outcomeIn(dir: string): Outcome {
  const results = readResults(dir);
  if (results === undefined) throw new Error(`${dir}: it has no results.json`);
  const runs: Record<string, string> = {};
  const digests: Record<string, string> = {};
  const epochs: Record<string, readonly EpochOf[]> = {};
  const roundings = new Set<string>();
  const machines = new Set<string>();
  for (const { folder, status } of results.results) {
    const run = join(dir, folder);
    runs[folder] = run;
    if (status === 'running' || status === 'stopped')
      throw new Error(`${run}: its status is ${status}, not finished`);
    const record = readRun(run);
    digests[folder] = digestOfWeights(run);
    epochs[folder] = record.epochs;
    roundings.add(record.environment.build?.split(' ')[0] ?? record.environment.backend);
    machines.add(machineOf(record));
  }
  return {
    ...results,
    runs,
    digests,
    epochs,
    rounding: [...roundings].join(', '),
    machines: [...machines],
  };
}

/** SHA-256 of a run's final weights, which lie in one file, or in several where there are many. */
function digestOfWeights(run: string): string {
  const { model } = runPaths(run);
  const file = join(model, 'model.json');
  if (!existsSync(file))
    throw new Error(`${model}: it has no model.json, so the training has no end`);
  const { weightsManifest } = JSON.parse(readFileSync(file, 'utf8')) as {
    weightsManifest: readonly { readonly paths: readonly string[] }[];
  };
  const hash = createHash('sha256');
  for (const { paths } of weightsManifest) {
    for (const path of paths) hash.update(readFileSync(join(model, path)));
  }
  return hash.digest('hex');
}

function machineOf({ environment }: RunRecord): string {
  const { cpu = 'unknown processor', cores, node, backend, runtime, kernelBuild } = environment;
  const kernels = runtime === undefined ? backend : `${runtime} ${kernelBuild ?? ''}`.trim();
  return `${cpu}, ${cores ?? '?'} cores, Node.js ${node ?? '?'}, ${kernels}`;
}

/**
 * Keeps a row's small files: its figures, its digests, and settings and figures per epoch of each training. What was
 * kept before goes, but for trainings from other seeds and by other methods where these are a part of them.
 *
 * @param to its folder among the results
 * @throws for a part, where its kernels do not round as those before, or what all seeds share has other bits; else where a seed
 * of the row is missing
 */
export function keep(row: Row, outcome: Outcome, to: string, isPart = false): void {
  if (!isPart) checkSeeds(row, outcome);
  const before = isPart ? kept(to) : undefined;
  const whole = before === undefined ? outcome : joined(row, outcome, before);
  const next = `${to}.next`;
  rmSync(next, { recursive: true, force: true });
  const { rounding, machines, digests, alone, cost, epochs: _, runs, ...results } = whole;
  for (const { folder } of results.results) {
    const [run, copy] = [runPaths(runs[folder] as string), runPaths(join(next, folder))];
    writeWholeSync(copy.config, `${JSON.stringify(withoutPlaces(run.config), null, 2)}\n`);
    writeWholeSync(copy.metrics, readFileSync(run.metrics, 'utf8'));
  }
  writeWholeSync(join(next, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  const facts: Facts = {
    command: `npm run results -- ${row.name}`,
    rounding,
    machines,
    ...(alone && { alone, ...(cost && { cost }) }),
    digests,
  };
  writeWholeSync(factsFile(next), `${JSON.stringify(facts, null, 1)}\n`);
  rmSync(to, { recursive: true, force: true });
  renameSync(next, to);
}

/** Refuses what lacks a seed of its row, which would go with what was kept before: it has neither a result nor diverged. */
function checkSeeds({ name, seeds }: Row, { results, diverged = [] }: Outcome): void {
  const there = new Set([...results, ...diverged].map(({ seed }) => seed));
  const all = Array.from({ length: seeds }, (_, i) => i + 1);
  if (all.every((seed) => there.has(seed))) return;
  throw new Error(
    `${name}: got the seeds ${[...there].join(', ')}, takes ${all.join(', ')}; make the others too, or keep these with --only-seeds`,
  );
}

/** These trainings and those that were kept from other seeds or by other methods, in the order of the seeds. */
function joined({ name, isTimed }: Row, part: Outcome, before: Outcome): Outcome {
  const refuse = (why: string): never => {
    throw new Error(`${name}: ${why}; make all of the row again, not a part of it`);
  };
  if (part.rounding !== before.rounding)
    refuse(`got kernels that round ${part.rounding} beside what ${before.rounding} ones made`);
  const other = Object.entries(before.digests).find(
    ([folder, digest]) => (part.digests[folder] ?? digest) !== digest,
  );
  if (other !== undefined && !isTimed)
    refuse(`got other bits in ${other[0]} than those that were kept`);
  const again = new Map(part.results.map((result) => [result.folder, result]));
  const results = before.results.map((result) => again.get(result.folder) ?? result);
  const added = part.results.filter(({ folder }) => before.runs[folder] === undefined);
  const { cost: _, ...others } = part;
  // What has a result since is not lost any more.
  const still = (before.diverged ?? []).filter(({ folder }) => part.runs[folder] === undefined);
  const lost = [...still, ...(part.diverged ?? [])];
  const diverged = [...new Map(lost.map((one) => [one.folder, one])).values()];
  return {
    ...others,
    ...(diverged.length > 0 && { diverged }),
    // What all seeds share comes first, as where they are trained together.
    results: [...results, ...added].toSorted((a, b) => a.seed - b.seed),
    machines: [...new Set([...before.machines, ...part.machines])],
    alone: Boolean(before.alone && part.alone),
    digests: { ...before.digests, ...part.digests },
    epochs: { ...before.epochs, ...part.epochs },
    runs: { ...before.runs, ...part.runs },
  };
}

/** A run's settings; of its command line's program and of Node.js the names alone, wherever they lay. */
function withoutPlaces(file: string): unknown {
  const config = JSON.parse(readFileSync(file, 'utf8')) as { command?: string[] };
  const [node, program, ...words] = config.command ?? [];
  if (node === undefined || program === undefined) return config;
  const example = program.replace(/^.*\/(examples\/)/, '$1');
  return { ...config, command: [basename(node), example, ...words.map(withoutFolder)] };
}

/** A word of a command line without the folder that it begins with. */
function withoutFolder(word: string): string {
  return word.replace(/^(--[\w-]+=)?\/.*\//, '$1');
}

/** What was kept of a row; undefined where nothing was. */
export function kept(dir: string): Outcome | undefined {
  if (!existsSync(factsFile(dir))) return undefined;
  const { command: _, ...facts } = JSON.parse(readFileSync(factsFile(dir), 'utf8')) as Facts;
  const results = readResults(dir);
  if (results === undefined) throw new Error(`${dir}: it has no results.json`);
  const epochs = Object.fromEntries(
    results.results.map(({ folder }) => [
      folder,
      epochsOf(readFileSync(runPaths(join(dir, folder)).metrics, 'utf8')),
    ]),
  );
  const runs = Object.fromEntries(results.results.map(({ folder }) => [folder, join(dir, folder)]));
  return { ...results, ...facts, epochs, runs };
}
