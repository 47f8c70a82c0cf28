// Takes the lock of its first argument in a process of its own, says so, and keeps it until it is ended.
import { withLock } from '@mnet/core/files';

await withLock(process.argv[2] as string, {}, async () => {
  console.log('locked');
  await new Promise(() => setInterval(() => {}, 1000));
});
