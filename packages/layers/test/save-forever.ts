// Run by file-system.test.ts: saves models whose weights are all one number, counting up, until it is killed.
import { fill, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { fileSystem } from '@mnet/layers';

await setBackend('cpu');
const image = input({ shape: [100] });
const output = layers.dense({ units: 100 }).apply(image) as SymbolicTensor;
const net = model({ inputs: image, outputs: output });
for (let i = 1; ; i++) {
  for (const weight of net.weights) weight.write(fill(weight.shape as number[], i));
  await net.save(fileSystem(process.argv[2] as string, { shardBytes: 4000 }));
  process.stdout.write(`${i}\n`);
}
