import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that holds a run. */
export interface FoundRun {
  /** Its path below the folder that was searched, parted by `/`; `.` is that itself. */
  readonly id: string;
  readonly dir: string;
  /** Whether it has a report. */
  readonly report: boolean;
}

/** What lies in folders of these names is never a run; hidden ones are left out too. */
const skipped = new Set(['node_modules', 'model', 'checkpoints']);

/**
 * Finds the runs in a folder and in all below it, links left out. Whatever has a log or a `config.json` of a run counts,
 * so that a damaged one is found too.
 *
 * @throws Node's error where the folder itself cannot be read; those below may come and go meanwhile
 */
export async function findRuns(root: string): Promise<FoundRun[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return within(root, '.', entries);
}

type Entries = Awaited<ReturnType<typeof entriesOf>>;

const entriesOf = (dir: string) => readdir(dir, { withFileTypes: true });

async function within(dir: string, id: string, entries: Entries): Promise<FoundRun[]> {
  const files = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  const below = entries
    .filter((entry) => entry.isDirectory() && !skipped.has(entry.name) && entry.name[0] !== '.')
    .map(async ({ name }) => {
      const path = join(dir, name);
      const found = await entriesOf(path).catch(() => []);
      return within(path, id === '.' ? name : `${id}/${name}`, found);
    });
  const own = (await holdsRun(dir, files)) ? [{ id, dir, report: files.has('report.html') }] : [];
  return [...own, ...(await Promise.all(below)).flat()];
}

/** Other programs write a `config.json` too: one of a run says its format, unless it is broken. */
async function holdsRun(dir: string, files: ReadonlySet<string>): Promise<boolean> {
  if (files.has('log.jsonl')) return true;
  if (!files.has('config.json')) return false;
  try {
    const config: unknown = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
    return typeof config === 'object' && config !== null && 'format' in config;
  } catch {
    return true;
  }
}
