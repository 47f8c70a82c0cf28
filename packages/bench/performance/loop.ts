// What the training loop costs beside its own step, in one process on an idle machine:
//   npm run loop -w packages/bench -- --model mobilenet_v2 --width 0.5 --rounds 12
// Rounds alternate between the loop (other batches, cropped and mirrored, with all that it reads, counts and tells) and
// its bare step (the same batch each time), on one network. Prints one line of JSON: the median milliseconds of a step of
// both, over all rounds but the first two, their ratio, and how often a step of the loop waits for the queue.
import { parseArgs } from 'node:util';
import { mnet, pickBackend } from '@mnet/backend';
import { shapes10 } from '@mnet/data';
import { createModel, type ModelName } from '@mnet/models';
import { adam, train } from '@mnet/train';
import { summarize } from '../src/measure/statistics.ts';
import { createStep } from '../src/measure/step.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'mobilenet_v2' },
    width: { type: 'string', default: '1' },
    batch: { type: 'string', default: '128' },
    steps: { type: 'string', default: '13' },
    rounds: { type: 'string', default: '12' },
    ema: { type: 'boolean', default: false },
    threads: { type: 'string' },
  },
});
const [width, batch, steps, rounds] = [values.width, values.batch, values.steps, values.rounds].map(
  Number,
) as [number, number, number, number];

await pickBackend({
  prefer: 'mnet',
  ...(values.threads !== undefined && { threads: Number(values.threads) }),
});
const model = createModel(values.model as ModelName, {
  classes: 10,
  inputShape: [32, 32, 3],
  width,
  strides: 'paper',
  batchNorm: { momentum: 0.9 },
  seed: 1,
});
// Two steps more: the first is not timed, and when the loop tells of one the next is done too, but for the last.
const data = shapes10({ train: batch * (steps + 2), validation: 1, test: 1, seed: 1 });
const step = await createStep(model, { mode: 'train', batch, deploy: false, capture: true });

/** Milliseconds between ends of steps, and waits of a step. */
async function loop(): Promise<{ times: number[]; waits: number }> {
  const ends: { time: number; waits: number }[] = [];
  const noting = {
    onStepEnd: () => void ends.push({ time: performance.now(), waits: mnet().waits }),
  };
  const augment = { crop: { padding: 4 }, flip: true };
  const average = values.ema ? { ema: { decay: 0.999 } } : {};
  const options = { epochs: 1, batchSize: batch, optimizer: adam(), augment, ...average };
  await train(model, { train: data.train }, { ...options, callbacks: [noting] });
  const inner = ends.slice(0, -1);
  const [first, last] = [inner[0], inner.at(-1)] as [(typeof ends)[0], (typeof ends)[0]];
  return {
    times: inner.slice(1).map(({ time }, i) => time - (inner[i] as (typeof ends)[0]).time),
    waits: (last.waits - first.waits) / steps,
  };
}

async function bare(): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i <= steps; i++) {
    const begin = performance.now();
    await step.run();
    if (i > 0) times.push(performance.now() - begin);
  }
  return times;
}

const all: { loop: number[]; bare: number[]; waits: number } = { loop: [], bare: [], waits: 0 };
for (let round = 0; round < rounds; round++) {
  const looped = await loop();
  const times = await bare();
  // The first rounds compile what is run for the first time.
  if (round < 2) continue;
  all.loop.push(...looped.times);
  all.bare.push(...times);
  all.waits = looped.waits;
}
const [ofLoop, ofBare] = [summarize(all.loop).median, summarize(all.bare).median];
const result = {
  model: values.model,
  width,
  batch,
  ema: values.ema,
  node: process.version,
  threads: mnet().threads,
  stepsTimed: all.loop.length,
  bareMs: Number(ofBare.toFixed(1)),
  loopMs: Number(ofLoop.toFixed(1)),
  ratio: Number((ofBare / ofLoop).toFixed(3)),
  waitsOfAStep: all.waits,
};
console.log(JSON.stringify(result));
process.exit();
