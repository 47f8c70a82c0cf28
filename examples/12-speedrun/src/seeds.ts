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
  type ExperimentFlags,
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
}

/** The seeds that a command line asks for; undefined where it is one, or the words make no sense, which a run will tell. */
export function seedsIn(words: readonly string[]): Seeds | undefined {
  const command = addSweepFlags(addRunFlags(addDataFlags(new Command()), experiment.name))
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    const flags = command.parse(words, { from: 'user' }).opts<ExperimentFlags>();
    if (flags.seeds < 2) return undefined;
    return { seeds: seedsOf(flags), folder: join(flags.runs, flags.name), words };
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
 * @returns the exit code: that of the first process that failed, after which no other is started, or 0
 */
export async function runSeeds({ seeds, folder, words }: Seeds): Promise<number> {
  const parts: Results[] = [];
  for (const [i, seed] of seeds.entries()) {
    const name = `seed-${seed}`;
    console.log(`\nseed ${seed} (${i + 1} of ${seeds.length})`);
    const one = ['--seeds', '1', '--seed', String(seed), '--only-seeds', String(seed)];
    const own = [...one, '--runs', folder, '--name', name];
    const code = await run([...words, ...own]);
    if (code !== 0) return code;
    const results = readResults(userPath(join(folder, name)));
    if (!results) throw new Error(`${join(folder, name)}: holds no results after its training`);
    parts.push({
      ...results,
      results: results.results.map((each) => ({ ...each, folder: join(name, each.folder) })),
    });
    const all = { ...(parts[0] as Results), results: parts.flatMap((part) => part.results) };
    const file = join(userPath(folder), 'results.json');
    await writeWhole(file, `${JSON.stringify(all, null, 2)}\n`);
    if (parts.length === seeds.length) {
      console.log(`\n${textTable(armRows(all.results, all.published))}\n\nresults: ${file}`);
    }
  }
  return 0;
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
