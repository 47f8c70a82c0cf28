import '@mnet/backend';
import { shapes10 } from '@mnet/data';
import { adam, cosine, readRun, train, type TrainOptions, type TrainResult } from '@mnet/train';
import { tensorBoard } from '@mnet/train/tensorboard';
import { setBackend } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

await setBackend('mnet');
const model = sequential({
  layers: [layers.flatten({ inputShape: [32, 32, 3] }), layers.dense({ units: 10 })],
});
const data = shapes10({ train: 40, validation: 10, test: 20, seed: 1 });
const options: TrainOptions = {
  epochs: 1,
  batchSize: 20,
  optimizer: adam(),
  schedule: cosine({ peak: 0.01 }),
  run: 'run',
  overwrite: true,
};
const { test, record }: TrainResult = await train(model, data, options);
if (test?.count !== 20) throw new Error(`judged on ${test?.count} pictures`);
const read = readRun('run');
if (read.epochs.length !== record.epochs.length) throw new Error('the run is not what was read');
if (typeof tensorBoard !== 'function') throw new Error('no tensorBoard');
console.log(`a run of ${read.epochs.length} epoch`);
