import '@mnet/backend';
import { shapes10 } from '@mnet/data';
import { distill, type DistillationLoss, hintonKd } from '@mnet/distill';
import { setBackend } from '@tensorflow/tfjs-core';
import { layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';

await setBackend('mnet');
const network = (units: number): Sequential =>
  sequential({
    layers: [
      layers.flatten({ inputShape: [32, 32, 3] }),
      layers.dense({ units, activation: 'relu' }),
      layers.dense({ units: 10 }),
    ],
  });
const data = shapes10({ train: 40, validation: 10, test: 20, seed: 1 });
const losses: DistillationLoss[] = [hintonKd({ temperature: 4 })];
const options = { teacher: network(16), data, losses, epochs: 1, batchSize: 20 };
const { summary } = await distill(network(8), options);
if (summary.length !== 2) throw new Error(`a table of ${summary.length} rows`);
console.log(`a table of ${summary.length} rows`);
