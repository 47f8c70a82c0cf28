// Trains into the folder of its first argument and says each step, slowly, so that it can be killed in time.
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
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
    },
  ],
});
