// Trains into the folder of its first argument, says each step, and stops in the middle of an epoch, to be killed.
import { train } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { killable } from './killable-options.ts';
import { tinyModel, tinySplits } from './tiny.ts';

await setBackend('cpu');
await train(tinyModel({ dropout: 0.2 }), tinySplits(), {
  ...killable,
  run: process.argv[2] as string,
  callbacks: [
    {
      onStepEnd: async ({ epoch, step }) => {
        process.stdout.write(`step ${epoch}.${step}\n`);
        if (epoch === 3 && step === 1) await new Promise(() => setInterval(() => {}, 1000));
      },
    },
  ],
});
