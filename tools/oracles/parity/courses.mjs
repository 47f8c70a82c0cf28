// Trains the same network from the same start on the same images with the same recipe, here and in PyTorch, from several
// seeds, one after the other, and compares the accuracies on the test images.
//
//     node --conditions=@mnet/source --import tsx tools/oracles/parity/courses.mjs --python PYTHON --data-dir DIR \
//       --network mobilenet_v1 --strides paper --epochs 15 --seeds 3 --log FILE.jsonl
//
// With --teacher FILE, the weights of a ResNet-18 by torchvision's names, both are distillations (Hinton et al. 2015):
// alpha of T² · KL(teacher ‖ student) at a temperature T, 1 − alpha of the cross-entropy.
//
// DIR holds cifar-10-batches-bin (or cifar-100-binary). Every epoch of both is a line of FILE, which is added to: a
// course that is there already is not run again, so that what was cut short goes on. Nothing else should run meanwhile:
// PyTorch slows down to a tenth beside a busy process.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pickBackend } from '@mnet/backend';
import { summarize } from '@mnet/bench';
import { subset } from '@mnet/data';
import { loadCifar10, loadCifar100 } from '@mnet/data-cifar';
import { distill, hintonKd } from '@mnet/distill';
import { createModel, loadWeights } from '@mnet/models';
import { cosine, sgd, train } from '@mnet/train';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    'data-dir': { type: 'string' },
    dataset: { type: 'string', default: 'cifar10' },
    network: { type: 'string', default: 'mobilenet_v1' },
    strides: { type: 'string', default: 'paper' },
    epochs: { type: 'string', default: '5' },
    lr: { type: 'string', default: '0.1' },
    limit: { type: 'string', default: '50000' },
    seeds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    teacher: { type: 'string' },
    alpha: { type: 'string', default: '0.5' },
    temperature: { type: 'string', default: '4' },
    log: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help || flags['data-dir'] === undefined || flags.log === undefined) {
  console.log(
    'courses.mjs --data-dir DIR --log FILE [--python python3] [--dataset cifar10|cifar100] [--network NAME] [--strides paper|stem1] [--epochs 5] [--lr 0.1] [--limit 50000] [--seeds 3] [--threads 2] [--teacher FILE [--alpha 0.5] [--temperature 4]]',
  );
  process.exit(flags.help ? 0 : 1);
}
const { dataset, network, strides, log } = flags;
const number = (key) => {
  const value = Number(flags[key]);
  if (!(value > 0)) throw new RangeError(`--${key}: got ${flags[key]}, takes a number above 0`);
  return value;
};
const [epochs, lr, limit, seeds, threads] = ['epochs', 'lr', 'limit', 'seeds', 'threads'].map(
  number,
);
const taught = flags.teacher !== undefined;
const [alpha, temperature] = ['alpha', 'temperature'].map(number);
const script = fileURLToPath(new URL('course.py', import.meta.url));
const course = {
  dataset,
  network,
  strides,
  epochs,
  lr,
  limit,
  threads,
  ...(taught && { alpha, temperature }),
};
const folder = mkdtempSync(join(tmpdir(), 'mnet-courses-'));
try {
  for (let seed = 1; seed <= seeds; seed++) {
    const start = join(folder, `start-${seed}.safetensors`);
    const of = ['--dataset', dataset, '--strides', strides, '--seed', String(seed)];
    await python(['start', network, start, ...of]);
    // The order alternates, so that a drift of the machine's speed falls on both.
    const sides = [() => here(start, seed), () => torch(start, seed, of)];
    for (const side of seed % 2 === 1 ? sides : sides.toReversed()) await side();
  }
} finally {
  rmSync(folder, { recursive: true });
}
compare();

/** What the log holds of this course. */
function logged() {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean).map(JSON.parse);
  return lines.filter(
    (line) =>
      Object.entries(course).every(([key, value]) => line[key] === value) &&
      'alpha' in line === taught,
  );
}

function isDone(side, seed) {
  return logged().some(
    (line) => line.side === side && line.seed === seed && line.testAccuracy !== undefined,
  );
}

function note(side, seed, figures) {
  console.log(side, seed, JSON.stringify(figures));
  appendFileSync(log, `${JSON.stringify({ side, seed, ...course, ...figures })}\n`);
}

/** Trains with mnet. */
async function here(start, seed) {
  if (isDone('mnet', seed)) return;
  await pickBackend({ prefer: 'mnet', threads });
  const load = dataset === 'cifar10' ? loadCifar10 : loadCifar100;
  const splits = await load({ dir: flags['data-dir'], validation: 0 });
  const images = subset(
    splits.train,
    Array.from({ length: Math.min(limit, splits.train.length) }, (_, i) => i),
  );
  const classes = splits.train.classes.length;
  const model = createModel(network, { classes, inputShape: [32, 32, 3], strides });
  await loadWeights(model, start, { format: 'torchvision' });
  const onEpochEnd = ({ epoch, trainLoss, trainAccuracy, seconds }) => {
    if (epoch < epochs) note('mnet', seed, { epoch, trainLoss, trainAccuracy, seconds });
  };
  const data = { train: images, test: splits.test };
  const recipe = {
    epochs,
    batchSize: 128,
    seed,
    optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
    schedule: cosine({ peak: lr, warmupEpochs: epochs > 1 ? 1 : 0 }),
    augment: { crop: { padding: 4 }, flip: true },
    callbacks: [{ onEpochEnd }],
  };
  let teacher;
  if (taught) {
    teacher = createModel('resnet18', { classes, inputShape: [32, 32, 3], strides });
    await loadWeights(teacher, flags.teacher, { format: 'torchvision' });
  }
  const { history, test } = taught
    ? await distill(model, { ...recipe, data, teacher, alpha, losses: [hintonKd({ temperature })] })
    : await train(model, data, recipe);
  const { epoch, trainLoss, trainAccuracy, seconds } = history.at(-1);
  const testAccuracy = test.accuracy;
  note('mnet', seed, { epoch, trainLoss, trainAccuracy, seconds, testAccuracy });
  model.dispose();
  teacher?.dispose();
}

/** Trains with PyTorch. */
async function torch(start, seed, of) {
  if (isDone('torch', seed)) return;
  const data = ['--data', flags['data-dir']];
  const keys = [
    'epochs',
    'lr',
    'limit',
    'threads',
    ...(taught ? ['teacher', 'alpha', 'temperature'] : []),
  ];
  const recipe = keys.flatMap((key) => [`--${key}`, flags[key]]);
  await python(['train', network, start, ...of, ...data, ...recipe], (line) =>
    note('torch', seed, JSON.parse(line)),
  );
}

function python(args, onLine = console.log) {
  return new Promise((resolve, reject) => {
    const child = spawn(flags.python, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', onLine);
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${script} ${args[0]}: exit code ${code}`)),
    );
  });
}

/** Prints means, deviations and the difference, in percent. */
function compare() {
  const accuracies = (side) =>
    logged()
      .filter((line) => line.side === side && line.testAccuracy !== undefined && line.seed <= seeds)
      .toSorted((a, b) => a.seed - b.seed)
      .map(({ testAccuracy }) => testAccuracy * 100);
  const [ours, theirs] = ['mnet', 'torch'].map(accuracies);
  const [mnet, pytorch] = [ours, theirs].map(summarize);
  const said = (s) => `${s.mean.toFixed(2)} ± ${s.std.toFixed(2)} %`;
  console.log(`\n${network}, ${strides} strides, ${epochs} epochs, ${dataset}, n = ${ours.length}`);
  console.log(`mnet     ${said(mnet)}   ${ours.map((a) => a.toFixed(2)).join(', ')}`);
  console.log(`PyTorch  ${said(pytorch)}   ${theirs.map((a) => a.toFixed(2)).join(', ')}`);
  const difference = mnet.mean - pytorch.mean;
  const within = Math.abs(difference) <= Math.max(mnet.std, pytorch.std);
  console.log(
    `difference ${difference.toFixed(2)} points, ${within ? 'within' : 'beyond'} one standard deviation`,
  );
}
