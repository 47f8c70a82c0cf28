import type { Course } from './courses.ts';
import { interrupted, runExample, stoppedBy } from './program.ts';

/**
 * Runs the experiments one after the other. One that fails does not keep the others from running.
 *
 * @param afterEach is called after each, also where it failed
 * @throws at the end, naming those that failed
 */
export async function runAll(courses: readonly Course[], afterEach: () => void): Promise<void> {
  const failed: string[] = [];
  for (const [i, { example, words }] of courses.entries()) {
    console.log(`\n── ${example.name} (${i + 1} of ${courses.length})`);
    const { code, signal } = await runExample(example, words);
    const by = stoppedBy({ code, signal });
    if (by !== undefined) throw interrupted(by, 'to go on, give the same command with --resume');
    if (code !== 0) failed.push(`${example.name} (${signal ?? `exit code ${code}`})`);
    afterEach();
  }
  if (failed.length > 0) {
    throw new Error(
      `${failed.length} of ${courses.length} failed: ${failed.join(', ')}; give the same command with --resume to try them again`,
    );
  }
}
