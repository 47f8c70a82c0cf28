// A training that is killed again and again. It says when it begins and when a step is done.
import { accumulate, chain, clipByGlobalNorm, sgd, train, type TrainOptions } from '@mnet/train';
import { tensorBoard } from '@mnet/train/tensorboard';
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tinyModel, tinySplits } from './tiny.ts';

/** Four steps an epoch; everything that has a state of its own is asked for. */
export const killedOften: TrainOptions = {
  epochs: 22,
  batchSize: 12,
  optimizer: accumulate(chain(clipByGlobalNorm(0.5), sgd({ learningRate: 0.05, momentum: 0.9 })), {
    steps: 3,
  }),
  augment: { crop: { padding: 1 }, flip: true, mixup: { alpha: 0.4 }, cutmix: { alpha: 1 } },
  ema: { decay: 0.9 },
  bestWeights: true,
  seed: 7,
  logEverySteps: 3,
};

export const killedModel = (): LayersModel => tinyModel({ dropout: 0.2 });

/** Trains into a folder; after so many steps it waits for its end. */
export async function main([run, most]: readonly string[]): Promise<void> {
  // A bundler leaves out what is imported for its effect alone.
  process.stdout.write(`begins, cpu ${version_cpu}\n`);
  await setBackend('cpu');
  let steps = 0;
  await train(killedModel(), tinySplits(), {
    ...killedOften,
    run: run as string,
    resume: true,
    checkpointEverySteps: 2,
    callbacks: [
      tensorBoard({ histogramsEvery: 5 }),
      {
        onStepEnd: async () => {
          process.stdout.write('step\n');
          if (++steps >= Number(most)) await new Promise(() => setInterval(() => {}, 1000));
        },
      },
    ],
  });
}
