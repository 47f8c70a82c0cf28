import '@mnet/backend';
import { shapes10 } from '@mnet/data';
import { adam, cosine, train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import { smallNetwork } from './small-network.mjs';

/** An epoch of training; a run folder is refused by name. */
export default async function program() {
  await setBackend('mnet');
  const data = shapes10({ train: 40, validation: 10, test: 20, seed: 1 });
  const options = { epochs: 1, batchSize: 20, optimizer: adam(), schedule: cosine({ peak: 0.01 }) };
  const { test } = await train(smallNetwork(8), data, options);
  if (test.count !== 20) throw new Error(`judged on ${test.count} pictures`);
  const folder = train(smallNetwork(8), data, { ...options, run: 'runs/a' });
  const refusal = await folder.catch((error) => error.message);
  if (!/Node\.js/.test(refusal)) throw new Error(`run said ${refusal}`);
  return 'an epoch';
}
