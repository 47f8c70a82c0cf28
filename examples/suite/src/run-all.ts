import type { Example } from './examples.ts';
import { runExample, stoppedBy } from './program.ts';
import { flagOfKey } from './words.ts';

/**
 * Runs the experiments one after the other. One that fails does not keep the others from running.
 *
 * @param shared words of a command line for all, by the key of their flag; each takes those that it has
 * @param wordsFor words for one of them
 * @param afterEach is called after each, also where it failed
 * @throws before anything is run where one does not take its words; at the end, naming those that failed
 */
export async function runAll(
  examples: readonly Example[],
  shared: ReadonlyMap<string, readonly string[]>,
  wordsFor: (example: Example) => readonly string[],
  afterEach: () => void,
): Promise<void> {
  const courses: { example: Example; words: readonly string[] }[] = [];
  for (const example of examples) {
    courses.push({ example, words: await wordsTaken(example, shared, wordsFor(example)) });
  }
  const failed: string[] = [];
  for (const [i, { example, words }] of courses.entries()) {
    console.log(`\n── ${example.name} (${i + 1} of ${courses.length})`);
    const { code, signal } = await runExample(example, words);
    const by = stoppedBy({ code, signal });
    if (by !== undefined) throw interrupted(by);
    if (code !== 0) failed.push(`${example.name} (${signal ?? `exit code ${code}`})`);
    afterEach();
  }
  if (failed.length > 0) {
    throw new Error(
      `${failed.length} of ${courses.length} failed: ${failed.join(', ')}; give the same command with --resume to try them again`,
    );
  }
}

/** All words for an experiment, which says itself whether it takes them. */
async function wordsTaken(
  example: Example,
  shared: ReadonlyMap<string, readonly string[]>,
  own: readonly string[],
): Promise<string[]> {
  const { name } = example;
  // Values are checked before the help is shown.
  const { code, signal, said } = await runExample(example, [...own, '--help'], true);
  const by = stoppedBy({ code, signal });
  if (by !== undefined) throw interrupted(by);
  if (code !== 0) throw new Error(`${name}: ${said.split('\n')[0]?.replace(/^error: /, '')}`);
  const has = flagsOfHelp(said);
  const strange = own.find((word) => !has(word.replace(/=.*/s, '')));
  if (strange !== undefined) throw new Error(`${name}: it has no flag ${strange}`);
  const given = [...shared].filter(([key]) => has(flagOfKey(key)));
  return [...given.flatMap(([, words]) => words), ...own];
}

/** Whether a help text has a flag, or the one that says the contrary. */
function flagsOfHelp(help: string): (flag: string) => boolean {
  const flags = [...help.matchAll(/^ +(?:-\w, )?--(?:no-)?([\w-]+)/gm)].map(([, name]) => name);
  return (flag) => flags.includes(flag.replace(/^--(no-)?/, ''));
}

function interrupted(signal: string): Error {
  console.error('stopped; to go on, give the same command with --resume');
  return Object.assign(new DOMException(`stopped by ${signal}`, 'AbortError'), { signal });
}
