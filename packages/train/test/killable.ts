// Trains into the folder of its first argument, says each step, and waits in the third epoch for the end.
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
        // An hour is for ever: the process is killed here.
        if (epoch === 3 && step === 2)
          await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      },
    },
  ],
});
