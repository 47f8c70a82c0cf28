import {
  addConfigFlag,
  addFlags,
  Command,
  experimentCommand,
  Flag,
  type FlagTable,
  userPath,
  version,
} from '@mnet/cli';
import { boolean, type Fields, optional, options, type Resolved } from '@mnet/core/options';
import { coursesOf } from './courses.ts';
import { entries } from './entries.ts';
import { chosen, type Example, examplesIn, isMeant } from './examples.ts';
import { writeSuiteReport } from './report.ts';
import { runAll } from './run-all.ts';
import { wordsOf } from './words.ts';

const own = options({
  /** Flags of single experiments, by the experiment's name; they win over those for all. Default none. */
  experiments: optional(entries, {}),
  /** Whether nothing is run, and only the report is made of the runs that are there; default false. */
  reportOnly: optional(boolean(), false),
});

interface Flags extends Resolved<typeof own> {
  readonly runs: string;
}

/** The command line of the suite: names of experiments, and all flags that experiments share. */
export function suiteCommand(): Command {
  const command = new Command('suite')
    .description(
      'Runs any or all of the experiments, each as a program of its own, and makes one report of their runs: RUNS/suite.html. One that fails is named at the end; the others run.',
    )
    .argument(
      '[experiment...]',
      'which, by name or number, such as 01 07; default all but those that need a flag of their own, which --experiments gives',
    );
  addFlags(command, own, {
    experiments: [
      '--experiments <json>',
      'flags of single experiments, such as {"07-mobilenet-v3":{"networks":["small"]}}; for a configuration file',
    ],
    reportOnly: ['--report-only', 'only make the report, of the runs that are there'],
  });
  addSharedFlags(command);
  return addConfigFlag(command)
    .version(version, '-V, --version', 'print the version of the packages')
    .helpOption('-h, --help', 'explain every flag')
    .action((names: string[], flags: Flags) => runSuite(names, flags, command));
}

async function runSuite(names: readonly string[], flags: Flags, command: Command): Promise<void> {
  const examples = examplesIn(new URL('../../', import.meta.url));
  const wanted = chosen(examples, names);
  chosen(examples, Object.keys(flags.experiments));
  const runs = userPath(flags.runs);
  if (!flags.reportOnly) {
    const shared = sharedWords(command);
    const wordsFor = ({ name }: Example): string[] =>
      Object.entries(flags.experiments)
        .filter(([word]) => isMeant(name, word))
        .flatMap(([, entry]) =>
          Object.entries(entry).flatMap(([key, value]) => wordsOf(key, value)),
        );
    const courses = await coursesOf(wanted, { shared, wordsFor }, names.length > 0);
    await runAll(courses, () => reportSoFar(runs));
  }
  const report = writeSuiteReport(runs);
  if (report === undefined) throw new Error(`--runs: ${runs} holds no results of experiments`);
  console.log(`\nreport: ${report}`);
}

/** Makes the page of what is there so far. What is wrong with it keeps no other experiment from running. */
function reportSoFar(runs: string): void {
  try {
    writeSuiteReport(runs);
  } catch (error) {
    console.error(`error: suite.html: ${(error as Error).message}`);
  }
}

/** The flags that every experiment has, without their defaults: each experiment has its own. */
function addSharedFlags(command: Command): void {
  const any = experimentCommand({ name: 'any', description: '', defaults: {}, arms: [] });
  const flags = any.options.filter((option) => option instanceof Flag);
  const shared = flags.filter((flag) => flag.attributeName() !== 'name');
  const fields: Fields = Object.fromEntries(
    shared.map((flag) => {
      const key = flag.attributeName();
      return [key, key === 'runs' ? optional(flag.takes, 'runs') : optional(flag.takes)];
    }),
  );
  const table: FlagTable<Fields> = Object.fromEntries(
    shared.map((flag) => {
      const { excludes, suggestions, path } = flag;
      const extras = { conflicts: excludes, suggestions, path };
      return [flag.attributeName(), [flag.flags, flag.description, extras]];
    }),
  );
  addFlags(command, options(fields), table);
}

/** What a user says for all experiments, as words of a command line by their keys. */
function sharedWords(command: Command): ReadonlyMap<string, readonly string[]> {
  const keys = command.options
    .filter((option) => option instanceof Flag)
    .map((flag) => flag.attributeName())
    .filter((key) => !(own.keys as readonly string[]).includes(key));
  const said = keys.filter((key) => {
    return key === 'runs' || ['cli', 'config'].includes(command.getOptionValueSource(key) ?? '');
  });
  return new Map(said.map((key) => [key, wordsOf(key, command.getOptionValue(key))]));
}
