import '@mnet/backend';
import { measureLatency, measureThroughput, renderReport, writeReport } from '@mnet/bench';
import { shapes10 } from '@mnet/data';
import { train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import { smallNetwork } from './small-network.mjs';

/** A network is measured, a report drawn; a file is refused by name. */
export default async function program() {
  await setBackend('mnet');
  const model = smallNetwork(8);
  const { node } = await measureLatency(model, { runs: 2, warmup: 1 });
  if (node !== null) throw new Error(`got Node.js ${node}`);
  await measureThroughput(model, { mode: 'train', batch: 4, steps: 1, warmup: 1 });
  const data = shapes10({ train: 40, validation: 10, test: 20, seed: 1 });
  const { record } = await train(model, data, { epochs: 1, batchSize: 20 });
  if (!renderReport([record]).includes('<svg')) throw new Error('no curves');
  try {
    writeReport('report.html', [record]);
  } catch (error) {
    if (/Node\.js/.test(error.message)) return 'measured, and reported';
    throw error;
  }
  throw new Error('writeReport said nothing');
}
