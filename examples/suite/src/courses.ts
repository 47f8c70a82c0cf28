import type { Example } from './examples.ts';
import { interrupted, runExample, stoppedBy } from './program.ts';
import { flagOfKey } from './words.ts';

/** An experiment that is to be run. */
export interface Course {
  readonly example: Example;
  /** The words of its command line. */
  readonly words: readonly string[];
}

/** What experiments are told. */
export interface Told {
  /** Words of a command line for all, by the key of their flag; each takes those that it has. */
  readonly shared: ReadonlyMap<string, readonly string[]>;
  /** Words for one of them. */
  readonly wordsFor: (example: Example) => readonly string[];
}

/** What commander says where a flag is missing that a command cannot do without. */
const missing = /required option '(?<flag>[^']+)' not specified/;

/**
 * How experiments are run, each of which has said that it takes its words.
 *
 * @param named whether they were asked for by name; else one that needs a flag of its own that nobody gave is left out
 * @throws where one does not take its words
 */
export async function coursesOf(
  examples: readonly Example[],
  told: Told,
  named: boolean,
): Promise<Course[]> {
  const courses: Course[] = [];
  for (const example of examples) {
    try {
      courses.push({ example, words: await wordsTaken(example, told) });
    } catch (error) {
      const flag = missing.exec((error as Error).message)?.groups?.['flag'];
      if (named || flag === undefined) throw error;
      console.log(
        `${example.name}: left out, since it needs ${flag}, which --experiments can give`,
      );
    }
  }
  return courses;
}

/** All words for an experiment, which says itself whether it takes them. */
async function wordsTaken(example: Example, { shared, wordsFor }: Told): Promise<string[]> {
  const own = wordsFor(example);
  const has = flagsOfHelp(await answerOf(example, ['--help']));
  const strange = own.find((word) => !has(word.replace(/=.*/s, '')));
  if (strange !== undefined) throw new Error(`${example.name}: it has no flag ${strange}`);
  const given = [...shared].filter(([key]) => has(flagOfKey(key)));
  const words = [...given.flatMap(([, each]) => each), ...own];
  await answerOf(example, [...words, '--check']);
  return words;
}

/** What an experiment says to words that begin nothing. */
async function answerOf(example: Example, words: readonly string[]): Promise<string> {
  const { code, signal, said } = await runExample(example, words, true);
  const by = stoppedBy({ code, signal });
  if (by !== undefined) throw interrupted(by, 'to go on, give the same command with --resume');
  if (code === 0) return said;
  const why = /^error: (.*)$/m.exec(said)?.[1] ?? `exit code ${code}`;
  throw new Error(`${example.name}: ${why}`);
}

/** Whether a help text has a flag, or the one that says the contrary. */
function flagsOfHelp(help: string): (flag: string) => boolean {
  const flags = [...help.matchAll(/^ +(?:-\w, )?--(?:no-)?([\w-]+)/gm)].map(([, name]) => name);
  return (flag) => flags.includes(flag.replace(/^--(no-)?/, ''));
}
