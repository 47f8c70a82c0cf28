// A distillation that is killed again and again. It says when it begins and when a step is done.
import { contrastiveKd, distill, type DistillOptions, hintonKd } from '@mnet/distill';
import { sgd } from '@mnet/train';
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tinyModel, tinySplits } from './tiny.ts';

const taps = [{ student: 'student_features', teacher: 'teacher_features' }] as const;

/** Three steps an epoch. The contrastive loss has a memory of both networks, a constant that it measures, and draws. */
export const killedOften = (): DistillOptions => ({
  teacher: tinyModel('teacher', { channels: 6, seed: 11 }),
  data: tinySplits(),
  epochs: 16,
  batchSize: 16,
  optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
  losses: [hintonKd({ temperature: 4 }), contrastiveKd({ taps, negatives: 20, dimensions: 8 })],
  augment: { crop: { padding: 1 }, flip: true },
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
