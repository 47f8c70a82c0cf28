import { setTimeout as sleep } from 'node:timers/promises';
import { createRun, openRun, readRun } from '@mnet/train';
import { existsSync, writeFileSync } from 'node:fs';
import { study } from '@mnet/sweep';

/** Epochs without a training: so long as `pace` says, until it is stopped. */
async function run(
  { epochs, pace, fails, leaves, data, busy },
  { folder, threads, signal, pause },
) {
  if (leaves) writeFileSync(leaves, String(process.pid));
  if (busy) for (;;);
  if (fails) throw new Error(fails);
  const open = existsSync(`${folder}/config.json`)
    ? await openRun(folder)
    : await createRun(folder, {
        date: new Date().toISOString(),
        model: { name: 'own', trainableParameters: 1, nonTrainableParameters: 0 },
        dataset: {
          name: 'none',
          shape: [1],
          classes: ['a', 'b'],
          train: 10,
          validation: 2,
          test: 2,
        },
        options: { epochs, batchSize: 5, threads, ...(data && { data }) },
        objective: {},
        environment: { node: process.version },
      });
  try {
    for (let epoch = readRun(folder).epochs.length + 1; epoch <= epochs; epoch++) {
      await sleep(pace, undefined, { signal });
      const figures = {
        learningRate: 1,
        trainLoss: 1,
        trainAccuracy: 0,
        validationLoss: 1,
        validationAccuracy: epoch / 10,
      };
      open.log({
        event: 'epoch',
        epoch,
        step: 2 * epoch,
        ...figures,
        seconds: 1,
        imagesPerSecond: 1,
      });
      pause.onEpochEnd({ epoch });
      signal.throwIfAborted();
    }
    open.log({ event: 'end', status: 'finished' });
  } finally {
    open.close();
  }
}

export default study({ name: 'own', run, paths: ['data'] });
