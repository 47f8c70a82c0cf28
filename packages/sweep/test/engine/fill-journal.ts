import { Journal } from '../../src/engine/journal.ts';

// Writes lines until there is no room, and says why.
const journal = new Journal(process.argv[2] ?? '');
const message = 'x'.repeat(5000);
try {
  for (;;) journal.write({ event: 'failed', id: 'a', message, final: false, givenUp: false });
} catch (error) {
  console.log((error as Error).message);
}
