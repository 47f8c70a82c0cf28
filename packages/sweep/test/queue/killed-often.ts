// Runs over four workers on one Redis, with workers that are killed (SIGKILL) and stopped for longer than their lease (SIGSTOP), and with
// a Redis that is killed and started again from its append-only file, at instants drawn from a seed:
//   node --conditions=@mnet/source --import tsx packages/sweep/test/queue/killed-often.ts --runs 24 --seed 1
// Ends with an error unless every run ended once, with the bits of a single machine, and no run had two processes at once.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '@mnet/core/random';
import { enqueueStudy } from '../../src/queue/enqueue-study.ts';
import { followStudy } from '../../src/queue/follow-study.ts';
import type { WorkerOptions } from '../../src/queue/worker-options.ts';
import { Lab, toyEnd, type WorkerProcess } from './helpers/lab.ts';
import { noRedis, RedisServer } from '../../../../tools/processes/redis-server.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '24' },
    workers: { type: 'string', default: '4' },
    harms: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
  },
});
if (noRedis !== undefined) throw new Error(noRedis);

const random = new Random(Number(values.seed));
const options: WorkerOptions = { slots: 2, lease: 1500, check: 300, poll: 200, deaths: 50 };
const redis = await RedisServer.start({ kept: true });
const lab = await Lab.open(redis.url);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
try {
  // A teacher and its students among them.
  const runs = Array.from({ length: Number(values.runs) }, (_, rate) =>
    lab.run(
      `r${rate}`,
      { rate, epochs: 8, milliseconds: 150 },
      rate > 0 && rate % 6 === 0 ? [`r${rate - 6}`] : [],
    ),
  );
  await enqueueStudy(lab.queue, 'often', runs, lab.kept, { attempts: 20, backoff: 100 });
  const workers: WorkerProcess[] = [];
  for (let number = 0; number < Number(values.workers); number++) {
    workers.push(await lab.process(options));
  }
  const ended = new AbortController();
  const harm = async (): Promise<void> => {
    for (let number = 0; number < Number(values.harms) && !ended.signal.aborted; number++) {
      await pause(300 + 700 * random.uniform());
      const at = random.below(workers.length);
      const { child } = workers[at]!;
      const kind = random.uniform();
      if (kind < 0.45) {
        say(`SIGKILL ${child.pid}`);
        child.kill('SIGKILL');
        workers[at] = await lab.process(options);
      } else if (kind < 0.8) {
        say(`SIGSTOP ${child.pid}`);
        child.kill('SIGSTOP');
        await pause(1500 + 1500 * random.uniform());
        child.kill('SIGCONT');
      } else {
        say('Redis killed');
        await redis.kill();
        await pause(1000 * random.uniform());
        await redis.begin();
      }
    }
  };
  const harming = harm();
  const states = new Map<string, string>();
  for await (const { runs: rows, counts } of followStudy(lab.queue, 'often', { poll: 500 })) {
    for (const { id, state, weights } of rows) states.set(id, `${state} ${weights}`);
    say(`${counts.complete} complete, ${counts.running} running, ${counts.waiting} waiting`);
  }
  ended.abort();
  await harming;
  const wrong = runs.filter((_, rate) => states.get(`r${rate}`) !== `complete ${toyEnd(rate, 8)}`);
  for (const { id } of wrong) say(`${id}: ${states.get(id)}`);
  const overlaps = await lab.overlaps();
  for (const overlap of overlaps) say(`two at once: ${overlap}`);
  const processes = [...(await lab.intervals()).values()].reduce((sum, all) => sum + all.length, 0);
  say(
    `${runs.length} runs in ${processes} processes: ${wrong.length} wrong, ${overlaps.length} at once`,
  );
  if (wrong.length > 0 || overlaps.length > 0) process.exitCode = 1;
} finally {
  await lab.close();
  await redis.remove();
}
