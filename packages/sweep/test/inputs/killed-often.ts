// Takes an input into a cache, to be killed: says when it begins, and that it has it.
import { openStore } from '../../src/store/open-store.ts';
import { takeInput } from '../../src/inputs/take-input.ts';

/** @param args the store, the digest, the cache, and a count: a finite one waits for its end */
export async function main([where, digest, cache, most]: readonly string[]): Promise<void> {
  const store = await openStore(where as string);
  process.stdout.write('begins\n');
  const path = await takeInput(store, digest as string, {
    cache: cache as string,
    onProgress: () => void process.stdout.write('fetched a piece\n'),
  });
  process.stdout.write(`${path}\n`);
  if (most !== 'Infinity') await new Promise(() => setInterval(() => {}, 1000));
}
