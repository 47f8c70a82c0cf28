import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textTable } from '@mnet/bench';
import {
  addDataFlags,
  addRunFlags,
  addSweepFlags,
  armRows,
  Command,
  divergedCode,
  type ExperimentFlags,
  type NamedTraining,
  readResults,
  type Results,
  seedsOf,
  userPath,
} from '@mnet/cli';
import { writeWhole } from '@mnet/core/files';
import { experiment } from './experiment.ts';

/** Several seeds, as a command line asks for them. */
export interface Seeds {
  readonly seeds: readonly number[];
  /** The folder that gets a folder of each. */
  readonly folder: string;
  /** What else was said. */
  readonly words: readonly string[];
  /** Whether the flags are only checked. */
  readonly onlyChecks: boolean;
}

/** What a command line may ask for instead of a training. */
interface Asked {
  readonly help?: true;
  readonly version?: true;
  readonly check?: true;
}

/**
 * The seeds that a command line asks for; undefined where it is one, where only help or the version is asked for, or the words make
 * no sense, which a run will tell.
 */
export function seedsIn(words: readonly string[]): Seeds | undefined {
  const command = addSweepFlags(addRunFlags(addDataFlags(new Command()), experiment.name))
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .option('-h, --help')
    .option('-V, --version')
    .option('--check')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    const flags = command.parse(words, { from: 'user' }).opts<ExperimentFlags & Asked>();
    if (flags.seeds < 2 || flags.help || flags.version) return undefined;
    const folder = join(flags.runs, flags.name);
    return { seeds: seedsOf(flags), folder, words, onlyChecks: flags.check ?? false };
  } catch {
    return undefined;
  }
}

const program = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? 'main.ts' : 'main.js', import.meta.url),
);
const fromSource = program.endsWith('.ts')
  ? ['--conditions=@mnet/source', '--import', import.meta.resolve('tsx')]
  : [];

/**
 * Trains each seed in a process of its own, one after the other, so that each is counted from its own start, and shows and
 * writes all results together.
 *
 * @returns the exit code: that of the first process that failed, after which no other is started; where a seed diverged and
 * the others are done, the code that says so; else 0
 */
export async function runSeeds({ seeds, folder, words, onlyChecks }: Seeds): Promise<number> {
  const wordsOf = (seed: number): string[] => {
    const one = ['--seeds', '1', '--seed', String(seed), '--only-seeds', String(seed)];
    return [...words, ...one, '--runs', folder, '--name', nameOf(seed)];
  };
  // They are the same for all seeds.
  if (onlyChecks) return run(wordsOf(seeds[0] as number));
  const parts: Results[] = [];
  for (const [i, seed] of seeds.entries()) {
    console.log(`\nseed ${seed} (${i + 1} of ${seeds.length})`);
    const code = await run(wordsOf(seed));
    if (code !== 0 && code !== divergedCode) return code;
    parts.push(partOf(folder, seed));
    await writeWhole(fileIn(folder), `${JSON.stringify(joined(parts), null, 2)}\n`);
  }
  const { results, published, diverged } = joined(parts);
  if (results.length > 0) console.log(`\n${textTable(armRows(results, published))}`);
  console.log(`\nresults: ${fileIn(folder)}`);
  return diverged === undefined ? 0 : divergedCode;
}

const nameOf = (seed: number): string => `seed-${seed}`;
const fileIn = (folder: string): string => join(userPath(folder), 'results.json');

/** What one seed has come to, with folders as they are within that of all seeds. */
function partOf(folder: string, seed: number): Results {
  const dir = join(folder, nameOf(seed));
  const part = readResults(userPath(dir));
  if (!part) throw new Error(`${dir}: holds no results after its training`);
  const within = <T extends NamedTraining>(all: readonly T[]): T[] =>
    all.map((each) => ({ ...each, folder: join(nameOf(seed), each.folder) }));
  const { results, diverged } = part;
  return { ...part, results: within(results), ...(diverged && { diverged: within(diverged) }) };
}

function joined(parts: readonly Results[]): Results {
  const { diverged: _, ...about } = parts[0] as Results;
  const diverged = parts.flatMap((part) => part.diverged ?? []);
  return {
    ...about,
    results: parts.flatMap((part) => part.results),
    ...(diverged.length > 0 && { diverged }),
  };
}

/** A process that has this one's terminal, and is told to end where this one is. */
function run(words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...fromSource, program, ...words], { stdio: 'inherit' });
  const tell = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, tell);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      for (const signal of signals) process.off(signal, tell);
      resolve(code ?? 1);
    });
  });
}
