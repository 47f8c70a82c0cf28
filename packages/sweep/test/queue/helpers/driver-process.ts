// A driver of a search as a process of its own, for tests that kill it: it writes what is asked and told.
import { driveSearch } from '../../../src/queue/drive-search.ts';
import { openQueue } from '../../../src/queue/open-queue.ts';
import { FolderStore } from './folder-store.ts';
import { halving, metric } from './halving.ts';
import { trialOf } from './trial.ts';

const [url, folder, lives, trials] = process.argv.slice(2) as [string, string, string, string];
const record: string[] = [];
const push = record.push.bind(record);
record.push = (line) => {
  process.stdout.write(`${line}\n`);
  return push(line);
};
const queue = await openQueue(url);
const store = new FolderStore(folder);
const search = {
  search: halving(Number(trials), record),
  metric,
  base: { program: 'toy' },
  plan: trialOf(lives),
};
const options = { poll: 40, parallel: 2, takeover: 400 };
const kept = { store, archive: store.archive };
for await (const _ of driveSearch(queue, 'search', search, kept, options));
await queue.close();
