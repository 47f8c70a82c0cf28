import { batches, type ImageDataset } from '@mnet/data';
import { crossEntropyObjective, type Objective, sgd } from '@mnet/train';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchesAhead } from '../src/batches-ahead.ts';
import { resolveOptions } from '../src/options.ts';
import { TrainedTensors } from '../src/trained-tensors.ts';
import { makePlan } from '../src/training/plan.ts';
import { Steps } from '../src/training/steps.ts';
import { variablesOf } from '../src/variables.ts';
import { tinyDataset, tinyModel } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

/** Steps of a tiny training, and what happens in which order. */
function observed() {
  const events: string[] = [];
  const note = (event: string): void => {
    if (events.at(-1) !== event) events.push(event);
  };
  const { images, labels, ...rest } = tinyDataset(48, 1);
  const dataset: ImageDataset = {
    ...rest,
    labels,
    // Whoever makes a batch reads the pixels.
    get images() {
      note('batch');
      return images;
    },
  };
  const plain = crossEntropyObjective();
  const objective: Objective = {
    ...plain,
    compute(context) {
      note(`start ${context.step}`);
      return plain.compute(context);
    },
  };
  const model = tinyModel();
  const data = { train: dataset };
  const options = resolveOptions({ epochs: 2, batchSize: 16, objective, optimizer: sgd() }, data);
  const tensors = new TrainedTensors(variablesOf(model), [], options);
  const steps = new Steps(model, dataset, options, makePlan(dataset, options), tensors);
  events.length = 0;
  return { steps, tensors, events, note };
}

describe('steps', () => {
  it('overlap: the next batch is made, and the last figures are read, while one is under way', async () => {
    const { steps, tensors, events, note } = observed();
    let done = 0;
    await steps.make(1, 0, {
      mayGoOn: () => true,
      onDone: async ({ figures, images, rate, terms }) => {
        note(`done ${done++}`);
        expect([figures.length, images, rate, terms.length]).toEqual([2, 16, 0.01, 0]);
      },
    });
    expect(events.join(', ')).toBe(
      'batch, start 3, batch, start 4, batch, done 0, start 5, done 1, done 2',
    );
    steps.dispose();
    tensors.dispose();
  });

  it('pause where that is asked for: all figures are read, the next batch is kept, and then they overlap again', async () => {
    const { steps, tensors, events, note } = observed();
    let done = 0;
    await steps.make(1, 0, {
      mayGoOn: () => true,
      onStarted: () => note('write'),
      onDone: async () => note(`done ${done++}`),
      pausesAfter: (step) => step === 0,
      onPause: async () => note('pause'),
    });
    expect(events.join(', ')).toBe(
      'batch, start 3, batch, write, done 0, pause, start 4, batch, write, start 5, write, done 1, done 2',
    );
    steps.dispose();
    tensors.dispose();
  });

  it('end where they may not go on, with all figures read, and can be taken up there', async () => {
    const { steps, tensors } = observed();
    const before = memory().numTensors;
    let done = 0;
    const onDone = async (): Promise<void> => {
      done += 1;
    };
    await steps.make(0, 0, { mayGoOn: () => done === 0, onDone });
    expect(done).toBe(2);
    expect(memory().numTensors).toBe(before);
    await steps.make(0, done, { mayGoOn: () => true, onDone });
    expect(done).toBe(3);
    expect(memory().numTensors).toBe(before);
    steps.dispose();
    tensors.dispose();
  });

  it('leave no tensor behind after an error', async () => {
    const { steps, tensors } = observed();
    const before = memory().numTensors;
    const work = steps.make(0, 0, {
      mayGoOn: () => true,
      onDone: () => Promise.reject(new Error('bad')),
    });
    await expect(work).rejects.toThrow('bad');
    steps.dispose();
    expect(memory().numTensors).toBe(before);
    tensors.dispose();
  });
});

describe('batches ahead', () => {
  const dataset = tinyDataset(10, 1);

  it('come in their order, whether they were prepared or not', () => {
    const before = memory().numTensors;
    const ahead = new BatchesAhead(batches(dataset, { batchSize: 4 }));
    const take = () => ahead.take(({ indices }) => [...indices]);
    ahead.prepare();
    ahead.prepare();
    expect(memory().numTensors).toBe(before + 2);
    expect(take()).toEqual([0, 1, 2, 3]);
    expect(memory().numTensors).toBe(before);
    expect(take()).toEqual([4, 5, 6, 7]);
    ahead.prepare();
    expect(take()).toEqual([8, 9]);
    ahead.prepare();
    expect(take()).toBeUndefined();
    expect(take()).toBeUndefined();
    ahead.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('are freed, whatever becomes of them', () => {
    const before = memory().numTensors;
    const ahead = new BatchesAhead(batches(dataset, { batchSize: 4 }));
    expect(() =>
      ahead.take(() => {
        throw new Error('bad');
      }),
    ).toThrow('bad');
    ahead.prepare();
    ahead.dispose();
    ahead.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
