import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textTable } from '@mnet/bench';
import { addFlags, Command, resultGroups, userPath, version } from '@mnet/cli';
import { boolean, integer, list, optional, options, type Resolved, text } from '@mnet/core/options';
import { type Row, rowsNamed } from './catalogue.ts';
import { compare } from './compare.ts';
import { keep, kept, type Outcome, outcomeIn } from './kept.ts';
import { checkAlone, trainingsIn } from './made-alone.ts';
import { make, runsOf } from './make.ts';
import { listOf, writeResultsPage } from './results-page.ts';

const own = options({
  /** The folder of all runs; default `runs/results`. */
  runs: optional(text('a folder'), 'runs/results'),
  /** Where CIFAR's files are; default the experiment's. */
  dataDir: optional(text('a folder, or the path of the archive')),
  /** Whether CIFAR is fetched where it is not there; default false. */
  download: optional(boolean(), false),
  /** Threads that compute; the backend decides where it is left out. */
  threads: optional(integer({ min: 1, max: 64 })),
  /** The first seed; default 1, as what was kept. */
  seed: optional(integer({ min: 0 })),
  /** From how many seeds; default the row's. */
  seeds: optional(integer({ min: 1 })),
  /** Some of the row's seeds: a row that takes days is made in parts; default all. */
  onlySeeds: optional(list(integer({ min: 0 }), 'some of the seeds, such as 1,3')),
  /** Some of the row's methods, where it compares methods; default all. */
  onlyMethods: optional(list(text('a method'), 'some of the methods, such as kd,dkd')),
  /** Whether what was made is kept in place of what was; default false. */
  write: optional(boolean(), false),
  /** Whether nothing else runs on the machine, so that the seconds are kept too; default false. */
  alone: optional(boolean(), false),
});

type Flags = Resolved<typeof own>;

/** Where results are kept: `docs/results/` of the repository. */
const results = fileURLToPath(new URL('../../../../docs/results', import.meta.url));

/** The command line of the results: names of rows, none for a list of them. */
export function resultsCommand(folder: string = results): Command {
  const command = new Command('results')
    .description(
      'Makes rows of docs/results again, and compares them with what was kept: the bits of trainings from the same seeds, the accuracy of others. Without names it lists the rows. It goes on where it was stopped.',
    )
    .argument('[row...]', 'which rows; none: a list of all');
  addFlags(command, own, {
    runs: ['--runs <folder>', 'folder of the runs', { kept: userPath, path: true }],
    dataDir: [
      '--data-dir <folder>',
      "folder of CIFAR's unpacked binary files, of its archive, or for the download",
      { path: true },
    ],
    download: ['--download', 'download CIFAR where it is not there (170 MB)'],
    threads: ['--threads <n>', 'threads that compute (default: the backend decides)'],
    seed: ['--seed <n>', 'the first seed, where others than those kept are asked (default: 1)'],
    seeds: ['--seeds <n>', "from how many seeds (default: the row's)"],
    onlySeeds: [
      '--only-seeds <list>',
      'only these of the seeds, on this machine and today; with --write they join those that are kept',
    ],
    onlyMethods: [
      '--only-methods <list>',
      'only these of the methods that a row compares; with --write they join those that are kept',
    ],
    write: ['--write', 'keep what is made in docs/results, and write its page anew'],
    alone: [
      '--alone',
      'with --write: nothing else runs on the machine; keep the seconds too, and the energy where the machine tells',
    ],
  });
  return command
    .version(version, '-V, --version', 'print the version of the packages')
    .helpOption('-h, --help', 'explain every flag')
    .action((names: string[], flags: Flags) => runResults(names, flags, folder));
}

async function runResults(names: readonly string[], flags: Flags, folder: string): Promise<void> {
  if (flags.write && (flags.seed !== undefined || flags.seeds !== undefined))
    throw new Error(
      '--write: what is kept has the seeds of its row; leave out --seed and --seeds, or take --only-seeds',
    );
  if (flags.alone && !flags.write)
    throw new Error('--alone: it says that seconds are worth keeping; takes --write beside it');
  const wanted = rowsNamed(names);
  if (wanted.length === 0) {
    if (flags.write) writeResultsPage(folder);
    console.log(textTable(listOf(folder)));
    return;
  }
  for (const { name, hasMethods } of wanted) {
    if (flags.onlyMethods === undefined || hasMethods) continue;
    throw new Error(`--only-methods: ${name} compares no methods; leave it out`);
  }
  const differ: string[] = [];
  for (const row of wanted) {
    console.log(`\n── ${row.name}: ${row.title}`);
    if (!(await rowIsTheSame(row, flags, folder))) differ.push(row.name);
  }
  if (differ.length > 0 && !flags.write)
    throw new Error(`other bits than those kept: ${differ.join(', ')}`);
}

/** Makes a row, and keeps it where it shall; whether it may be the same as what was kept. */
async function rowIsTheSame(row: Row, flags: Flags, folder: string): Promise<boolean> {
  const isPart = flags.onlySeeds !== undefined || flags.onlyMethods !== undefined;
  const making = { ...flags, runs: userPath(flags.runs) };
  const dir = runsOf(row, making);
  // Of methods, which trainings a part has is known once it is made.
  if (flags.alone && flags.onlyMethods === undefined)
    checkAlone(row.name, dir, trainingsIn(dir, flags.onlySeeds));
  const { cost } = await make(row, making);
  const outcome = outcomeIn(dir);
  const isSame = told(row, outcome, kept(join(folder, row.name)));
  if (!flags.write) return isSame;
  if (flags.alone) checkAlone(row.name, dir, Object.keys(outcome.runs));
  const timed = { ...outcome, alone: flags.alone, ...(cost && { cost }) };
  keep(row, timed, join(folder, row.name), isPart);
  writeResultsPage(folder);
  return isSame;
}

/** Prints how a row stands beside what was kept of it; whether it may be the same. */
function told(row: Row, outcome: Outcome, before: Outcome | undefined): boolean {
  if (before === undefined) {
    const trainings = resultGroups(outcome.results).length;
    console.log(`${row.name}: nothing was kept to compare ${trainings} arms with`);
    return true;
  }
  const { lines, sameBits } = compare(outcome, before, row.isTimed);
  for (const line of lines) console.log(line);
  return sameBits !== false;
}
