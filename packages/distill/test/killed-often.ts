// A distillation that is killed again and again. It says when it begins and when a step is done.
import { type DistillationLoss, distill, type DistillOptions, hintonKd } from '@mnet/distill';
import { sgd } from '@mnet/train';
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import {
  expandDims,
  gather,
  mean,
  setBackend,
  squaredDifference,
  type Tensor,
  tensor1d,
  tensorScatterUpdate,
  variable,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tinyModel, tinySplits } from './tiny.ts';

/** Pulls each image's logits to those that it had when it was seen last, which stand in a bank that is not trained. */
const bankLoss: DistillationLoss = {
  name: 'bank',
  config: { name: 'bank' },
  variables: (_shapes, _seed, images) => ({ bank: variable(zeros([images, 3]), false) }),
  compute({ studentLogits, indices, variables }) {
    const bank = variables['bank'] as Variable;
    const rows = tensor1d(indices, 'int32');
    const before = gather(bank as unknown as Tensor, rows);
    bank.assign(tensorScatterUpdate(bank, expandDims(rows, 1), studentLogits));
    return { bank: mean(squaredDifference(studentLogits, before)) };
  },
};

/** Three steps an epoch. */
export const killedOften = (): DistillOptions => ({
  teacher: tinyModel('teacher', { channels: 6, seed: 11 }),
  data: tinySplits(),
  epochs: 9,
  batchSize: 16,
  optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
  losses: [hintonKd({ temperature: 4 }), bankLoss],
  augment: { flip: true },
  ema: { decay: 0.9 },
  evaluateTeacher: false,
});

export const killedStudent = (): LayersModel => tinyModel('student', { channels: 3 });

/** Distils into a folder; after so many steps it waits for its end. */
export async function main([run, most]: readonly string[]): Promise<void> {
  // A bundler leaves out what is imported for its effect alone.
  process.stdout.write(`begins, cpu ${version_cpu}\n`);
  await setBackend('cpu');
  let steps = 0;
  await distill(killedStudent(), {
    ...killedOften(),
    run: run as string,
    resume: true,
    checkpointEverySteps: 2,
    callbacks: [
      {
        onStepEnd: async () => {
          process.stdout.write('step\n');
          if (++steps >= Number(most)) await new Promise(() => setInterval(() => {}, 1000));
        },
      },
    ],
  });
}
