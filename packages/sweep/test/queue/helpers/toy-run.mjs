// A run for tests: counts epochs, each some milliseconds long, and writes its state after each. It says in a file when it lives.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { config, folder, untilEpoch } = JSON.parse(process.argv[2]);
const { epochs, milliseconds, lives, failsAt, failsOnce, final, dies, deaf, id, reads } = config;
const path = join(folder, 'state.json');
const state = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : { epoch: 0, digest: reads ? readFileSync(join(reads, 'state.json'), 'utf8') : '' };

const asked = { stops: false };
let ends = Number.POSITIVE_INFINITY;
/** Since another may have the run by then. */
const alive = () => {
  if (performance.now() <= ends) return;
  // What it was told while it was busy is heard first.
  setTimeout(() => performance.now() > ends && process.exit(98), 5);
};
const live = (word) => appendFileSync(lives, `${id} ${process.pid} ${Date.now()} ${word}\n`);

process.on('SIGINT', () => {}); // Ctrl-C is its worker's to say
process.on('disconnect', () => process.exit(99));
process.on('message', ({ kind, milliseconds: time }) => {
  if (kind === 'stop' && !deaf) asked.stops = true;
  if (kind === 'lease') ends = performance.now() + time;
});
setInterval(alive, 20);

live('begin');
console.log(`begins after epoch ${state.epoch}`);
while (state.epoch < epochs && !(untilEpoch <= state.epoch)) {
  if (dies) process.kill(process.ppid, 'SIGKILL');
  for (let left = milliseconds; left > 0 && !asked.stops; left -= 20) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(20, left)));
    alive();
    live('lives');
  }
  if (asked.stops) break;
  const failed = join(lives, '..', `${id}.failed`);
  if (failsAt === state.epoch + 1 && !(failsOnce && existsSync(failed))) {
    writeFileSync(failed, '');
    console.error(`the toy broke at epoch ${failsAt}`);
    live('end');
    process.send({ kind: 'failed', message: 'the toy broke', final: final === true }, () =>
      process.exit(1),
    );
    await new Promise(() => {});
  }
  state.epoch++;
  state.digest = createHash('sha256')
    .update(`${state.digest} ${config.rate} ${state.epoch}`)
    .digest('hex');
  writeFileSync(`${path}.part`, JSON.stringify(state));
  renameSync(`${path}.part`, path);
  process.send({ kind: 'epoch', epoch: state.epoch, epochs });
}
live('end');
const kind = asked.stops ? 'stopped' : state.epoch < epochs ? 'paused' : 'complete';
process.send({ kind, epoch: state.epoch }, () => process.exit(0));
