// Writes a run's folder and saves it to a store, over and over, to be killed: says when it begins, and each epoch it has saved.
import { join } from 'node:path';
import { openStore } from '../../src/store/open-store.ts';
import { runArchive } from '../../src/store/stored-run.ts';
import { nextEpoch } from './drawn-run.ts';

/** @param args the store, the folder of scratch folders, and how many epochs it may make */
export async function main([where, scratch, most]: readonly string[]): Promise<void> {
  const store = await openStore(where as string);
  const archive = runArchive(store, 'study', 'run');
  const folder = join(scratch as string, String(process.pid));
  const from = await archive.restore(folder);
  const attempt = (from?.attempt ?? 0) + 1;
  process.stdout.write('begins\n');
  for (let number = 1; number <= Number(most); number++) {
    // Larger than what is read or written at once.
    const epoch = nextEpoch(folder, 3_000_000);
    await archive.save(folder, { attempt, number, epoch });
    process.stdout.write('saved\n');
    if (most === 'Infinity' && epoch >= 30) return;
  }
  await new Promise(() => setInterval(() => {}, 1000));
}
