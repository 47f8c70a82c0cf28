// node train-bits.ts BUILD THREADS STEPS: digests of the weights of three networks after so many steps on a build of the kernels.
import { createHash } from 'node:crypto';
import { type KernelBuild, pickBackend, setKernelBuild } from '@mnet/backend';
import { shapes10 } from '@mnet/data';
import { createModel } from '@mnet/models';
import { adam, sgd, train } from '@mnet/train';

const [build, threads, steps] = process.argv.slice(2) as [KernelBuild, string, string];
setKernelBuild(build);
await pickBackend({ prefer: 'mnet', threads: Number(threads) });

const batchSize = 4;
const epochs = Number(steps) / 4;
const data = shapes10({ train: batchSize * 4, validation: 4, test: 4, seed: 3 });
const digests: string[] = [];
for (const name of ['mobilenet_v2', 'mobilenet_v3_small', 'resnet18'] as const) {
  const shape = { classes: 10, inputShape: [32, 32, 3] as const, width: 0.25 };
  const model = createModel(name, { ...shape, seed: 5, batchNorm: { momentum: 0.3 } });
  await train(model, data, {
    epochs,
    batchSize,
    optimizer: name === 'resnet18' ? sgd({ momentum: 0.9 }) : adam(),
    schedule: () => () => 0.01,
    evaluateEvery: epochs,
    seed: 1,
  });
  const hash = createHash('sha256');
  for (const weight of model.getWeights()) hash.update(weight.dataSync() as Float32Array);
  digests.push(hash.digest('hex').slice(0, 12));
}
process.stdout.write(JSON.stringify(digests));
