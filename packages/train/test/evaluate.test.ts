import {
  confusionMatrix,
  evaluate,
  evaluateLogits,
  perClassAccuracy,
  streamLogits,
  streamViews,
} from '@mnet/train';
import {
  memory,
  ones,
  setBackend,
  type Tensor2D,
  type Tensor4D,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { layers, model as functional, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import golden from './golden/metrics.json' with { type: 'json' };
import { tinyDataset, tinyModel } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

/** A stand-in for a network that gives these rows, one after the other. */
function reader(rows: number[][]): (images: Tensor4D) => Tensor2D {
  let at = 0;
  return (images) => {
    const batch = rows.slice(at, at + images.shape[0]);
    at += images.shape[0];
    return tensor2d(batch);
  };
}

describe('evaluate', () => {
  it('measures cross-entropy, accuracy and confusion', async () => {
    // Labels of the tiny data set run 0, 1, 2, 0.
    const rows = [
      [Math.log(2), 0, 0],
      [0, 0, 0],
      [5, 1, 3],
      [1e30, -1e30, 0],
    ];
    const result = await evaluateLogits(reader(rows), tinyDataset(4, 1), { batchSize: 3 });
    const third = Math.log(Math.exp(5) + Math.exp(1) + Math.exp(3)) - 3;
    expect(result.loss).toBeCloseTo((Math.log(2) + Math.log(3) + third + 0) / 4, 6);
    expect(result.confusion).toEqual([
      [2, 0, 0],
      [1, 0, 0],
      [1, 0, 0],
    ]);
    expect(result.accuracy).toBe(0.5);
    expect(result.count).toBe(4);
    expect(result.top5).toBeUndefined();
    expect(perClassAccuracy(result.confusion)).toEqual([1, 0, 0]);
  });

  it('counts the five highest logits, of equal ones the first', async () => {
    const classes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const labels = Int32Array.from([4, 5, 6, 0]);
    const dataset = { ...tinyDataset(4, 1), classes, labels };
    const rows = [Array(7).fill(0), Array(7).fill(0), [0, 1, 2, 3, 4, 5, 6], [0, 9, 9, 9, 9, 9, 9]];
    const { top5, accuracy } = await evaluateLogits(reader(rows), dataset);
    expect(top5).toBe(0.5);
    expect(accuracy).toBe(0.25);
  });

  it('counts no label among the five highest for its NaN', async () => {
    const classes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const dataset = { ...tinyDataset(3, 1), classes, labels: Int32Array.from([5, 6, 1]) };
    const ruined = [Array(7).fill(NaN), [0, 1, 2, 3, 4, 5, NaN], [0, NaN, 1, 2, 3, 4, 5]];
    expect((await evaluateLogits(reader(ruined), dataset)).top5).toBe(0);
  });

  it("gives PyTorch's figures, and the calibration of the authors' code", async () => {
    const dataset = {
      ...tinyDataset(golden.labels.length, 1),
      classes: Array.from({ length: golden.classes }, (_, i) => `class ${i}`),
      labels: Int32Array.from(golden.labels),
    };
    const result = await evaluateLogits(reader(golden.logits), dataset, { batchSize: 16 });
    for (const name of ['loss', 'accuracy', 'top5', 'ece'] as const) {
      expect(result[name]).toBeCloseTo(golden[name], 12);
    }
    expect(result.reliability).toEqual(
      golden.reliability.map(({ confidence, accuracy, count }, i) => ({
        above: i / 15,
        upTo: (i + 1) / 15,
        confidence: confidence === null ? null : expect.closeTo(confidence, 12),
        accuracy: accuracy === null ? null : expect.closeTo(accuracy, 12),
        count,
      })),
    );
  });

  it('is sure of what it is sure of, and says NaN of what is none', async () => {
    const sure = [
      [1e3, 0, 0],
      [1e3, 0, 0],
    ];
    const { ece, reliability } = await evaluateLogits(reader(sure), tinyDataset(2, 1));
    expect(ece).toBe(0.5);
    expect(reliability[14]).toMatchObject({ confidence: 1, accuracy: 0.5, count: 2 });
    const lost = await evaluateLogits(reader([[Number.NaN, 0, 0]]), tinyDataset(1, 1));
    expect(lost).toMatchObject({ ece: Number.NaN, loss: Number.NaN, count: 1 });
  });

  it('averages the logits of images and of their mirror images', async () => {
    const model = tinyModel();
    const dataset = tinyDataset(20, 5);
    const images = dataset.images.slice();
    for (let i = 0; i < images.length; i++) {
      const [channel, x, row] = [i % 3, Math.floor(i / 3) % 6, Math.floor(i / 18)];
      images[i] = dataset.images[row * 18 + (5 - x) * 3 + channel] as number;
    }
    const forward = (batch: Tensor4D) => model.apply(batch) as Tensor2D;
    const logitsOf = async (of: typeof dataset): Promise<number[]> => {
      const all: number[] = [];
      for await (const { logits } of streamLogits(forward, of)) all.push(...logits);
      return all;
    };
    const [plain, mirrored] = [await logitsOf(dataset), await logitsOf({ ...dataset, images })];
    const rows = Array.from({ length: 20 }, (_, i) =>
      [0, 1, 2].map((c) => ((plain[i * 3 + c] as number) + (mirrored[i * 3 + c] as number)) / 2),
    );
    const { seconds: _, ...expected } = await evaluateLogits(reader(rows), dataset);
    const before = memory().numTensors;
    const { seconds: __, ...both } = await evaluate(model, dataset, { mirror: true, batchSize: 8 });
    expect(memory().numTensors).toBe(before);
    expect(both.loss).toBeCloseTo(expected.loss, 6);
    expect(both.ece).toBeCloseTo(expected.ece, 6);
    expect(both.confusion).toEqual(expected.confusion);
    expect(both.loss).not.toBeCloseTo((await evaluate(model, dataset)).loss, 4);
    await expect(evaluate(model, dataset, { mirror: 1 } as never)).rejects.toThrow(
      'mirror: got 1, takes true or false',
    );
  });

  it('weighs images and their shifted views, mirrored at the border', async () => {
    const model = tinyModel();
    const dataset = tinyDataset(20, 5);
    const inside = (place: number): number => (place < 0 ? -place : place > 5 ? 10 - place : place);
    const moved = (by: number, turned: boolean): typeof dataset => {
      const images = dataset.images.map((_, i) => {
        const [n, y, x] = [Math.floor(i / 108), Math.floor(i / 18) % 6, Math.floor(i / 3) % 6];
        // A view is mirrored after it is shifted.
        const column = inside((turned ? 5 - x : x) - by);
        return dataset.images[n * 108 + (inside(y - by) * 6 + column) * 3 + (i % 3)] as number;
      });
      return { ...dataset, images };
    };
    const forward = (batch: Tensor4D) => model.apply(batch) as Tensor2D;
    const weights = [
      [0, 1 / 2],
      [2, 1 / 4],
      [-2, 1 / 4],
    ] as const;
    for (const mirror of [false, true]) {
      const rows = Array.from({ length: 20 }, () => [0, 0, 0]);
      for (const [by, weight] of weights) {
        for (const turned of mirror ? [false, true] : [false]) {
          for await (const { logits, indices } of streamLogits(forward, moved(by, turned))) {
            indices.forEach((index, row) => {
              const sums = rows[index] as number[];
              for (let c = 0; c < 3; c++) {
                (sums[c] as number) +=
                  (mirror ? 0.5 : 1) * weight * (logits[row * 3 + c] as number);
              }
            });
          }
        }
      }
      const expected = await evaluateLogits(reader(rows), dataset);
      const before = memory().numTensors;
      const told: number[] = [];
      const onProgress = (done: number): void => void told.push(done);
      const views = { shift: 2, mirror };
      const shifted = await evaluate(model, dataset, { ...views, batchSize: 8, onProgress });
      expect(told).toEqual([8, 16, 20]);
      expect(memory().numTensors).toBe(before);
      expect(shifted.loss).toBeCloseTo(expected.loss, 6);
      expect(shifted.confusion).toEqual(expected.confusion);
      expect(shifted.loss).not.toBeCloseTo((await evaluate(model, dataset, { mirror })).loss, 4);
    }
    await expect(evaluate(model, dataset, { shift: 6 })).rejects.toThrow(
      'shift: got 6, takes a whole number from 0 to 5',
    );
  });

  it('gives the logits of views batch by batch, by default of the images alone', async () => {
    const model = tinyModel();
    const dataset = tinyDataset(20, 5);
    const forward = (batch: Tensor4D) => model.apply(batch) as Tensor2D;
    const logitsOf = async (stream: ReturnType<typeof streamLogits>): Promise<number[][]> => {
      const all: number[][] = [];
      for await (const { logits } of stream) all.push([...logits]);
      return all;
    };
    const eight = { batchSize: 8 };
    const plain = await logitsOf(streamLogits(forward, dataset, eight));
    expect(await logitsOf(streamViews(forward, dataset, {}, eight))).toEqual(plain);
    expect(await logitsOf(streamViews(forward, dataset))).toEqual([plain.flat()]);
    const both = await logitsOf(streamViews(forward, dataset, { mirror: true }, eight));
    expect(both.map(({ length }) => length)).toEqual([24, 24, 12]);
    expect(both).not.toEqual(plain);
    const refused = (views: object) => logitsOf(streamViews(forward, dataset, views));
    await expect(refused([{ view: {}, weight: 1 }])).rejects.toThrow('views: got [Object], takes');
    await expect(refused({ shift: 6 })).rejects.toThrow('shift: got 6, takes a whole number from');
    await expect(refused({ turn: 1 })).rejects.toThrow(
      "views: unknown option 'turn', takes mirror",
    );
  });

  it('does not depend on the batch size and leaves no tensor behind', async () => {
    const model = tinyModel();
    const dataset = tinyDataset(20, 5);
    const before = memory().numTensors;
    const one = await evaluate(model, dataset, { batchSize: 7 });
    const two = await evaluate(model, dataset);
    expect(memory().numTensors).toBe(before);
    expect(one.loss).toBeCloseTo(two.loss, 6);
    expect(one.confusion).toEqual(two.confusion);
  });

  it('stops at a signal, and leaves no tensor behind', async () => {
    const controller = new AbortController();
    const before = memory().numTensors;
    let done = 0;
    const work = evaluateLogits(
      (images) => tensor2d(Array.from({ length: images.shape[0] }, () => [0, 0, 0])),
      tinyDataset(20, 5),
      {
        batchSize: 5,
        signal: controller.signal,
        onProgress: (n) => {
          done = n;
          if (n === 10) controller.abort(new Error('enough'));
        },
      },
    );
    await expect(work).rejects.toThrow('enough');
    expect(done).toBe(10);
    expect(memory().numTensors).toBe(before);
  });

  it('computes the next logits while the caller looks at some, and frees them if it leaves', async () => {
    const before = memory().numTensors;
    const sizes: number[] = [];
    const forward = (images: Tensor4D): Tensor2D => {
      sizes.push(images.shape[0]);
      return tensor2d(Array.from({ length: images.shape[0] }, (_, i) => [i, 0, 0]));
    };
    const seen: number[][] = [];
    for await (const { logits, indices } of streamLogits(forward, tinyDataset(20, 5), {
      batchSize: 8,
    })) {
      seen.push([...indices]);
      expect(logits).toHaveLength(3 * indices.length);
      if (seen.length === 1) expect(sizes).toEqual([8, 8]);
      if (seen.length === 2) break;
    }
    expect(seen.flat()).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(sizes).toEqual([8, 8, 4]);
    expect(memory().numTensors).toBe(before);
  });

  it.each<[object, string]>([
    [{ batchsize: 3 }, "options: unknown option 'batchsize', takes batchSize, signal, onProgress"],
    [{ batchSize: 0 }, 'batchSize: got 0, takes a whole number from 1'],
    [{ signal: true }, 'signal: got true, takes an AbortSignal'],
    [{ onProgress: 'log' }, "onProgress: got 'log', takes a function"],
  ])('refuses the options %j', async (options, message) => {
    await expect(evaluate(tinyModel(), tinyDataset(6, 1), options)).rejects.toThrow(message);
  });

  it.each([
    [[2, 5], 'got [2, 5] as its result, takes logits [2, 3], one for each class of'],
    [[1, 3], 'got [1, 3] as its result, takes logits [2, 3]'],
    [[2, 3, 1], 'got [2, 3, 1] as its result, takes logits [2, 3]'],
  ])('refuses logits of the shape %j', async (shape, message) => {
    const before = memory().numTensors;
    const work = evaluateLogits(() => ones(shape as [number, number]), tinyDataset(6, 1), {
      batchSize: 2,
    });
    await expect(work).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  it('refuses models and data that do not fit', async () => {
    const dataset = tinyDataset(6, 1);
    const wrong = { ...dataset, classes: ['a', 'b', 'c', 'd'] };
    await expect(evaluate(tinyModel(), wrong)).rejects.toThrow(
      "it has 4 classes, the model's output has 3; build the model with classes: 4",
    );
    const soft = sequential({
      layers: [
        layers.flatten({ inputShape: [6, 6, 3] }),
        layers.dense({ units: 3, activation: 'softmax', name: 'head' }),
      ],
    });
    await expect(evaluate(soft, dataset)).rejects.toThrow(
      "its layer 'head' ends in a softmax, takes logits",
    );
    const small = sequential({ layers: [layers.flatten({ inputShape: [4, 4, 3] })] });
    small.add(layers.dense({ units: 3 }));
    await expect(evaluate(small, dataset)).rejects.toThrow('the model takes [4, 4, 3]');
    const image = sequential({
      layers: [layers.activation({ activation: 'relu', inputShape: [6, 6, 3] })],
    });
    await expect(evaluate(image, dataset)).rejects.toThrow('takes logits [batch, classes]');
    const base = tinyModel();
    const two = functional({ inputs: base.inputs, outputs: [...base.outputs, ...base.outputs] });
    await expect(evaluate(two, dataset)).rejects.toThrow('1 inputs and 2 outputs');
    await expect(evaluate({} as never, dataset)).rejects.toThrow('takes a tf.LayersModel');
    await expect(evaluate(tinyModel(), tinyDataset(0, 1))).rejects.toThrow('got no images');
  });
});

describe('confusionMatrix', () => {
  it('refuses lengths that differ and classes out of range', () => {
    expect(() => confusionMatrix([0, 1], [0], 2)).toThrow('predictions: got 1');
    expect(() => confusionMatrix([0, 2], [0, 0], 2)).toThrow('got 2 and 0 at 1');
    expect(() => confusionMatrix([0], [-1], 2)).toThrow('takes classes from 0 to 1');
  });

  it('has no accuracy for a class without images', () => {
    expect(perClassAccuracy(confusionMatrix([0, 0], [0, 1], 2))).toEqual([0.5, null]);
  });
});
