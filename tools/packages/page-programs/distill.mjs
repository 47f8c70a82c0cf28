import '@mnet/backend';
import { shapes10 } from '@mnet/data';
import { distill, hintonKd } from '@mnet/distill';
import { setBackend } from '@tensorflow/tfjs-core';
import { smallNetwork } from './small-network.mjs';

/** An epoch of distillation. */
export default async function program() {
  await setBackend('mnet');
  const data = shapes10({ train: 40, validation: 10, test: 20, seed: 1 });
  const [teacher, losses] = [smallNetwork(16), [hintonKd({ temperature: 4 })]];
  const options = { teacher, data, losses, epochs: 1, batchSize: 20 };
  const { summary } = await distill(smallNetwork(8), options);
  if (summary.length !== 2) throw new Error(`a table of ${summary.length} rows`);
  return 'an epoch';
}
