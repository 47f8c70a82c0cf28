// What CI measures.

/** What is timed in a pull request: the words after `mnet-bench`, which older checkouts take too, and the environment. */
export const timed = [
  inference('mobilenet_v2', { batch: 1, runs: 300 }),
  inference('mobilenet_v3_small', { batch: 1, runs: 300 }),
  inference('mobilenet_v2', { batch: 1, runs: 200, runtime: 'wasm' }),
  inference('mobilenet_v1', { batch: 32, runs: 40 }),
  training('mobilenet_v1', { steps: 12 }),
  training('mobilenet_v2', { width: 0.5, steps: 12 }),
  training('mobilenet_v2', { width: 0.5, steps: 8, runtime: 'wasm' }),
  training('resnet18', { steps: 12 }),
];

/** Of which cost and sizes are compared exactly. */
export const networks = [
  ['mobilenet_v1', 1],
  ['mobilenet_v2', 1],
  ['mobilenet_v2', 0.5],
  ['mobilenet_v3_small', 1],
  ['mobilenet_v3_large', 1],
  ['normal_cnn', 1],
  ['resnet18', 1],
];

/** Trainings of seconds, whose test accuracy and loss are compared exactly: the same seed gives the same bits. */
export const trained = [
  ['resnet18', 0.125],
  ['mobilenet_v1', 0.25],
].map(([model, width]) => ({
  name: `${model} ×${width}`,
  words: wordsOf(`train --model ${model} --width ${width} --strides stem1 --seed 1
    --dataset shapes10 --limit 2000 --epochs 6 --batch-size 32 --lr 0.004 --batch-norm-momentum 0.9
    --no-augment --no-tensorboard`),
}));

const all = networks.map(withWidth).join();

/** What is measured of each commit of the main branch: the words after `mnet-bench`. */
export const followed = [
  `latency --model mobilenet_v1,mobilenet_v2,mobilenet_v2:0.5,mobilenet_v3_small
    --backends mnet,mnet:wasm --runs 200 --rounds 5`,
  `throughput --model mobilenet_v1,mobilenet_v2,mobilenet_v2:0.5,resnet18
    --mode train --batch 32 --steps 8 --rounds 5`,
  'memory --model mobilenet_v2,resnet18 --mode train --batch 32 --rounds 3',
  `size --model ${all}`,
  `cost --model ${all}`,
].map(wordsOf);

function wordsOf(line) {
  return line.split(/\s+/);
}

function withWidth([model, width]) {
  return width === 1 ? model : `${model}:${width}`;
}

function inference(model, { batch, runs, runtime }) {
  const words = ['latency', '--model', model, '--batch', String(batch), '--runs', String(runs)];
  return measurement([model, 'inference', `batch ${batch}`], words, runtime);
}

function training(model, { width = 1, steps, runtime }) {
  const network = ['--model', model, '--width', String(width)];
  const step = ['--mode', 'train', '--batch', '32', '--steps', String(steps)];
  const name = [width === 1 ? model : `${model} ×${width}`, 'training', 'batch 32'];
  return measurement(name, ['throughput', ...network, ...step], runtime);
}

/** @param runtime `wasm`, or undefined for what is fastest there */
function measurement(name, words, runtime) {
  return {
    name: [...name, ...(runtime === undefined ? [] : [runtime])].join(', '),
    words,
    env: runtime === undefined ? {} : { MNET_RUNTIME: runtime },
  };
}
