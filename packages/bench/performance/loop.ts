// What the training loop costs beside its own step, in one process on an idle machine:
//   npm run loop -w packages/bench -- --model mobilenet_v2 --width 0.5 --rounds 7
// Each round times the bare step (the same batch each time) and the loop (other batches, cropped and mirrored, with what it
// reads, counts and tells), one after the other. Prints one line of JSON: images a second of both, the median of the
// rounds' ratios, and how often a step of the loop waits for the queue.
import { parseArgs } from 'node:util';
import { getThreads, mnet, pickBackend } from '@mnet/backend';
import { shapes10 } from '@mnet/data';
import { createModel, type ModelName } from '@mnet/models';
import { adam, train } from '@mnet/train';
import { median } from '../src/measure/statistics.ts';
import { createStep } from '../src/measure/step.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'mobilenet_v2' },
    width: { type: 'string', default: '1' },
    batch: { type: 'string', default: '128' },
    steps: { type: 'string', default: '12' },
    warmup: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '7' },
    ema: { type: 'boolean', default: false },
    threads: { type: 'string' },
  },
});
const [batch, steps, warmup, rounds] = [
  values.batch,
  values.steps,
  values.warmup,
  values.rounds,
].map(Number) as [number, number, number, number];

await pickBackend({
  prefer: 'mnet',
  ...(values.threads !== undefined && { threads: Number(values.threads) }),
});
const make = () =>
  createModel(values.model as ModelName, {
    classes: 10,
    inputShape: [32, 32, 3],
    width: Number(values.width),
    strides: 'paper',
    batchNorm: { momentum: 0.9 },
    seed: 1,
  });
const data = shapes10({ train: batch * (warmup + steps), validation: 1, test: 1, seed: 1 });
let waitsOfStep = 0;

/** Images a second, from the time that `run` takes for all steps but the first few. */
async function bare(): Promise<number> {
  const model = make();
  const step = await createStep(model, 'train', batch, false);
  for (let i = 0; i < warmup; i++) await step.run();
  const begin = performance.now();
  for (let i = 0; i < steps; i++) await step.run();
  const seconds = (performance.now() - begin) / 1000;
  step.dispose();
  model.dispose();
  return (batch * steps) / seconds;
}

async function loop(): Promise<number> {
  const model = make();
  let [done, begin, end] = [0, 0, 0];
  let [waitsBefore, waitsAfter] = [0, 0];
  await train(
    model,
    { train: data.train },
    {
      epochs: 1,
      batchSize: batch,
      optimizer: adam(),
      augment: { crop: { padding: 4 }, flip: true },
      ...(values.ema && { ema: { decay: 0.999 } }),
      callbacks: [
        {
          onStepEnd() {
            done += 1;
            if (done === warmup) [begin, waitsBefore] = [performance.now(), mnet().waits];
            if (done === warmup + steps) [end, waitsAfter] = [performance.now(), mnet().waits];
          },
        },
      ],
    },
  );
  model.dispose();
  waitsOfStep = (waitsAfter - waitsBefore) / steps;
  return (batch * steps) / ((end - begin) / 1000);
}

const measured: { bare: number; loop: number }[] = [];
for (let round = 0; round <= rounds; round++) {
  const pair = { bare: await bare(), loop: await loop() };
  // The first round compiles what is run for the first time.
  if (round > 0) measured.push(pair);
}
console.log(
  JSON.stringify({
    model: values.model,
    width: Number(values.width),
    batch,
    ema: values.ema,
    node: process.version,
    threads: getThreads(),
    rounds,
    steps,
    bareImagesPerSecond: Number(median(measured.map((m) => m.bare)).toFixed(1)),
    loopImagesPerSecond: Number(median(measured.map((m) => m.loop)).toFixed(1)),
    ratio: Number(median(measured.map((m) => m.loop / m.bare)).toFixed(3)),
    waitsOfAStep: Number(waitsOfStep.toFixed(2)),
  }),
);
process.exit();
