// Loads in a process of its own: node … load-child.ts SOURCE_JSON DIR URL. With a fourth argument it listens once to
// Ctrl-C, gets one after the load, and must live: what the load has left behind would send the signal again.
import { loadCifar } from '@mnet/data-cifar';

const [source, dir, url, interrupted] = process.argv.slice(2) as [string, string, string, string?];
const alive = setInterval(() => {}, 1000);
if (interrupted !== undefined) {
  process.once('SIGINT', () => {
    clearInterval(alive);
    process.once('beforeExit', () => console.log('interrupted and lives'));
  });
}
const splits = await loadCifar(JSON.parse(source), {
  dir,
  url,
  download: true,
  validation: 10,
  onProgress: ({ phase, loaded }) => console.log(`${phase} ${loaded}`),
});
console.log(`done ${splits.train.length} ${splits.test.length}`);
if (interrupted === undefined) clearInterval(alive);
else process.kill(process.pid, 'SIGINT');
