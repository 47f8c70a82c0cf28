// Trains one network on CIFAR-10 from several seeds and one start of its weights, to compare starts:
//   npm run start-of-weights -w packages/bench -- --data-dir DIR --model mobilenet_v1 --width 0.5 --start uniform --out FILE
// FILE gets one line a run as it ends; mean and standard deviation are printed last. Runs that FILE holds already are
// not trained again. The seed decides the order of the images and their augmentation, seed + shift the weights. Recipe:
// SGD 0.1, Nesterov momentum 0.9, weight decay 5e-4, one epoch of warm-up, cosine to 0, batches of 128, crop of 4 and
// flip; 5,000 training images held out; test accuracy of the last epoch.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pickBackend } from '@mnet/backend';
import { loadCifar10 } from '@mnet/data-cifar';
import { architecture, buildModel, type ModelName } from '@mnet/models';
import { cosine, sgd, train } from '@mnet/train';

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    model: { type: 'string', default: 'mobilenet_v1' },
    width: { type: 'string', default: '0.5' },
    start: { type: 'string', default: 'heNormal' },
    epochs: { type: 'string', default: '5' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    shift: { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});
if (values['data-dir'] === undefined || values.out === undefined) {
  throw new Error('--data-dir and --out: takes both');
}
// npm runs this in the package's folder; paths count from where it was called.
const called = (path: string): string => resolve(process.env.INIT_CWD ?? '.', path);
const [dir, out] = [called(values['data-dir']), called(values.out)];

interface Run {
  model: string;
  width: number;
  start: string;
  epochs: number;
  seed: number;
  shift: number;
  test: number;
  trainLoss: number;
  seconds: number;
  node: string;
  processor: string;
}

const epochs = Number(values.epochs);
const table = {
  ...architecture(values.model as ModelName, { width: Number(values.width) }),
  start: values.start as 'heNormal',
};
const shift = Number(values.shift);
const settings = {
  model: values.model,
  width: Number(values.width),
  start: table.start,
  epochs,
  shift,
};
const lines = existsSync(out) ? readFileSync(out, 'utf8').trim().split('\n') : [];
const runs = lines
  .map((line) => JSON.parse(line) as Run)
  .filter((run) =>
    Object.entries(settings).every(([key, value]) => run[key as keyof Run] === value),
  )
  .filter(({ seed }) => seed !== undefined);

async function trainOne(seed: number): Promise<Run> {
  const data = await loadCifar10({ dir, seed });
  const model = buildModel(table, { classes: 10, inputShape: [32, 32, 3], seed: seed + shift });
  const result = await train(model, data, {
    epochs,
    batchSize: 128,
    dropLast: true,
    optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
    schedule: cosine({ peak: 0.1, warmupEpochs: 1 }),
    augment: { crop: { padding: 4 }, flip: true },
    seed,
    evaluateEvery: epochs,
  });
  model.dispose();
  return {
    ...settings,
    seed,
    test: result.test?.accuracy ?? Number.NaN,
    trainLoss: result.best.trainLoss,
    seconds: Math.round(result.seconds),
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
  };
}

await pickBackend({ prefer: 'mnet', log: console.log });
for (const seed of values.seeds.split(',').map(Number)) {
  if (runs.some((run) => run.seed === seed)) continue;
  const run = await trainOne(seed);
  appendFileSync(out, `${JSON.stringify(run)}\n`);
  console.log(JSON.stringify(run));
  runs.push(run);
}
const mean = runs.reduce((sum, { test }) => sum + test, 0) / runs.length;
const squares = runs.reduce((sum, { test }) => sum + (test - mean) ** 2, 0);
const deviation = Math.sqrt(squares / (runs.length - 1));
console.log(
  `${values.model} ×${values.width}, ${values.start}, ${epochs} epochs, shift ${shift}: test ${(100 * mean).toFixed(2)} ± ${(100 * deviation).toFixed(2)} %, n = ${runs.length}`,
);
process.exit(0);
