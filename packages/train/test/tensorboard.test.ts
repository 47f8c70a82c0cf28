import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { imageAt } from '@mnet/data';
import { sgd, train, type TrainOptions } from '@mnet/train';
import { tensorBoard } from '@mnet/train/tensorboard';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { decode } from 'fast-png';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { histogramOf } from '../src/tensorboard/histogram.ts';
import { gridPng } from '../src/tensorboard/png.ts';
import {
  crc32c,
  eventFilesIn,
  eventsIn,
  floats,
  parse,
  type ReadValue,
  recordsOf,
  scalarsOf,
  text,
} from './event-reader.ts';
import { abortAfter, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-events-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

let folders = 0;
const folder = (): string => join(root, `run${++folders}`);
const data = tinySplits();
// Six steps an epoch.
const quick: TrainOptions = {
  epochs: 3,
  batchSize: 8,
  optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }),
  logEverySteps: 4,
};
const written = (options: Partial<TrainOptions> = {}) => {
  return train(tinyModel(), data, { ...quick, callbacks: [tensorBoard()], ...options });
};
const single = Math.fround;
const found = (values: readonly ReadValue[], tag: string) => {
  return values.filter((value) => value.tag === tag);
};
const one = (values: readonly ReadValue[], tag: string): ReadValue => {
  const [first, ...others] = found(values, tag);
  expect(others).toEqual([]);
  return first as ReadValue;
};
/** The text of a tensor of one. */
const textOf = ({ value }: ReadValue): string => {
  const tensor = parse(value.get(8)?.[0]);
  expect(tensor.get(1)).toEqual([7n]);
  return text(tensor.get(8)?.[0]);
};
/** The name of the plugin that shows a value, and its content. */
const pluginOf = ({ value }: ReadValue) => {
  const plugin = parse(parse(value.get(9)?.[0]).get(1)?.[0]);
  return { name: text(plugin.get(1)?.[0]), content: plugin.get(2)?.[0] };
};

it('the checksum of the reader is the published one', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

describe('the events of a run', () => {
  it('are the figures of its log, at the steps', async () => {
    const run = folder();
    const { record } = await written({ run });
    const [file, ...others] = eventFilesIn(run);
    expect(others).toEqual([]);
    expect(basename(file as string)).toMatch(/^events\.out\.tfevents\.\d{10}\.mnet\.\d+$/);
    const [version, start] = recordsOf(file as string);
    expect(text(version?.get(3)?.[0])).toBe('brain.Event:2');
    const [time] = floats(version?.get(1)?.[0]);
    expect(Math.abs((time as number) - Date.now() / 1000)).toBeLessThan(600);
    expect(parse(start?.get(7)?.[0]).get(1)).toEqual([1n]);

    const values = eventsIn(run);
    const curve = (tag: string) => scalarsOf(values, tag);
    expect(record.steps?.map(({ step }) => step)).toEqual([4, 6, 8, 12, 16, 18]);
    expect(curve('step/loss')).toEqual(record.steps?.map((r) => [r.step, single(r.loss)]));
    expect(curve('step/accuracy')).toEqual(record.steps?.map((r) => [r.step, single(r.accuracy)]));
    expect(curve('step/epoch').map(([, epoch]) => epoch)).toEqual([1, 1, 2, 2, 3, 3]);
    expect(curve('step/learning_rate')[0]).toEqual([4, single(0.01)]);
    const { epochs, test } = record;
    expect(curve('epoch/loss')).toEqual(epochs.map((r) => [r.step, single(r.trainLoss)]));
    expect(curve('epoch/accuracy')).toEqual(epochs.map((r) => [r.step, single(r.trainAccuracy)]));
    expect(curve('validation/loss')).toEqual(
      epochs.map((r) => [r.step, single(r.validationLoss as number)]),
    );
    expect(curve('validation/accuracy')).toHaveLength(3);
    expect(curve('speed/validation_seconds')).toEqual(
      epochs.map((r) => [r.step, single(r.validationSeconds as number)]),
    );
    expect(curve('test/accuracy')).toEqual([[18, single(test?.accuracy as number)]]);
    expect(curve('test/ece')).toEqual([[18, single(test?.ece as number)]]);
  });

  it('hold the weights after each epoch, as histograms', async () => {
    const run = folder();
    const model = tinyModel();
    const kept = memory().numTensors;
    await train(model, data, { ...quick, run, callbacks: [tensorBoard({ histogramsEvery: 2 })] });
    expect(memory().numTensors).toBe(kept);
    const all = eventsIn(run).filter(({ tag }) => tag.startsWith('weights/'));
    expect(all.map(({ step }) => step)).toEqual(model.weights.map(() => 12));
    const none = folder();
    await written({ run: none, callbacks: [tensorBoard({ histogramsEvery: 0 })] });
    expect(eventsIn(none).some(({ tag }) => tag.startsWith('weights/'))).toBe(false);
    const each = folder();
    const last = tinyModel();
    await train(last, data, { ...quick, run: each, callbacks: [tensorBoard()] });
    const values = last.getWeights().map((weight) => weight.dataSync<'float32'>());
    last.weights.forEach(({ name }, i) => {
      const events = found(eventsIn(each), `weights/${name}`);
      expect(events.map(({ step }) => step)).toEqual([6, 12, 18]);
      const fields = parse(events.at(-1)?.value.get(5)?.[0]);
      const figures = [1, 2, 3, 4, 5].map((field) => floats(fields.get(field)?.[0])[0]);
      const wanted = histogramOf(values[i] as Float32Array);
      expect(figures).toEqual([wanted.min, wanted.max, wanted.count, wanted.sum, wanted.squares]);
      expect(floats(fields.get(6)?.[0])).toEqual(wanted.limits);
      expect(floats(fields.get(7)?.[0])).toEqual(wanted.counts);
    });
    expect(weightsOf(last).length).toBeGreaterThan(30);
  });

  it('show training images as the first step sees them, and the mistakes', async () => {
    const run = folder();
    const callbacks = [tensorBoard({ pictures: 3 })];
    // As good as untrained, it takes most images for another class.
    const optimizer = sgd({ learningRate: 1e-6 });
    const { record } = await written({ run, callbacks, optimizer, epochs: 1, mistakes: 2 });
    const values = eventsIn(run);
    const pictureOf = (tag: string) => {
      const { value, step } = one(values, tag);
      const fields = parse(value.get(4)?.[0]);
      const png = decode(fields.get(4)?.[0] as Uint8Array);
      expect([fields.get(1), fields.get(2), fields.get(3)]).toEqual([
        [BigInt(png.height)],
        [BigInt(png.width)],
        [3n],
      ]);
      return { ...png, step };
    };
    const augmented = pictureOf('pictures/augmented');
    // Three in two rows of two, with a gap of two pixels.
    expect([augmented.height, augmented.width, augmented.step]).toEqual([14, 14, 0]);
    const corner = (left: number, top: number, width: number, pixels: ArrayLike<number>) => {
      return Array.from({ length: 6 }, (_, y) => {
        const from = ((top + y) * width + left) * 3;
        return Array.from({ length: 18 }, (__, x) => pixels[from + x]);
      }).flat();
    };
    const shown = [
      [0, 0],
      [8, 0],
      [0, 8],
    ].map(([left, top]) =>
      corner(left as number, top as number, 14, augmented.data as Uint8Array).join(),
    );
    const images = Array.from({ length: 48 }, (_, i) => [...imageAt(data.train, i)].join());
    for (const picture of shown) expect(images).toContain(picture);
    expect(new Set(shown).size).toBe(3);

    const mistakes = record.details?.mistakes ?? [];
    expect(mistakes).toHaveLength(2);
    const mistaken = pictureOf('pictures/mistakes');
    expect([mistaken.height, mistaken.width, mistaken.step]).toEqual([6, 14, 6]);
    mistakes.forEach(({ index }, i) => {
      const pixels = corner(8 * i, 0, 14, mistaken.data);
      expect(pixels).toEqual([...imageAt(data.test, index)]);
    });
    const table = textOf(one(values, 'mistakes'));
    const [{ index, label, guess, confidence }] = mistakes as [(typeof mistakes)[0]];
    const { classes } = data.test;
    const share = (100 * confidence).toFixed(1);
    expect(table).toContain(
      `| 1 | ${index} | ${classes[label]} | ${classes[guess]} | ${share} % |`,
    );
    const none = folder();
    await written({ run: none, epochs: 1, mistakes: 0, callbacks: [tensorBoard({ pictures: 0 })] });
    expect(eventsIn(none).filter(({ tag }) => tag.includes('pictures'))).toEqual([]);
  });

  it('tell the network and the settings', async () => {
    const run = folder();
    await written({ run, epochs: 1, augment: { flip: true } });
    const values = eventsIn(run);
    const table = one(values, 'model');
    expect(pluginOf(table).name).toBe('text');
    const model = tinyModel();
    const [, , , flatten, dense] = model.layers;
    expect(textOf(table)).toMatch(/\| conv2d_\w+ \| Conv2D \| 3×3×4 \| 108 \|/);
    expect(textOf(table)).toContain('| Flatten | 36 | 0 |');
    expect(textOf(table)).toContain('| Dense | 3 | 111 |');
    expect(textOf(table)).toContain(`| all | ${model.countParams()} |`);
    expect([flatten?.getClassName(), dense?.countParams()]).toEqual(['Flatten', 111]);

    const graph = one(values, 'keras');
    expect(pluginOf(graph).name).toBe('graph_keras_model');
    expect(parse(graph.value.get(9)?.[0]).get(4)).toEqual([3n]);
    const { class_name: name, config } = JSON.parse(textOf(graph));
    expect([name, config.name, config.layers.length]).toEqual(['Sequential', 'tiny', 5]);

    const start = pluginOf(one(values, '_hparams_/session_start_info'));
    expect(start.name).toBe('hparams');
    const entries = parse(parse(start.content).get(3)?.[0]).get(1) ?? [];
    const settings = new Map(
      entries.map((entry) => {
        const fields = parse(entry);
        return [text(fields.get(1)?.[0]), parse(fields.get(2)?.[0])] as const;
      }),
    );
    expect(floats(settings.get('batchSize')?.get(2)?.[0])).toEqual([8]);
    expect(floats(settings.get('optimizer.momentum')?.get(2)?.[0])).toEqual([0.9]);
    expect(text(settings.get('optimizer.name')?.get(3)?.[0])).toBe('sgd');
    expect(settings.get('augment.flip')?.get(4)).toEqual([1n]);
    expect(text(settings.get('model')?.get(3)?.[0])).toBe('tiny');
    expect(settings.has('ema')).toBe(false);
    const end = pluginOf(one(values, '_hparams_/session_end_info'));
    expect(parse(parse(end.content).get(4)?.[0]).get(1)).toEqual([1n]);
  });
});

describe('where a run is resumed', () => {
  // Layers without a name of their own are numbered through the process.
  const without = (values: readonly ReadValue[]) => {
    const timed = /^(speed|_hparams_)\//;
    return values
      .filter(({ tag }) => !timed.test(tag))
      .map(({ step, tag, value }) => ({ step, tag: tag.replace(/\d+(?=\/)/, ''), value }));
  };

  it('the curves are those of one that went through, whatever the clock says', async () => {
    const whole = folder();
    await written({ run: whole });
    const run = folder();
    vi.spyOn(Date, 'now').mockReturnValue(1_764_300_000_000);
    for (const steps of [3, 8, 5]) {
      // Each of these leaves events that are after its checkpoint, as a kill does.
      const abort = abortAfter(steps);
      const callbacks = [tensorBoard(), ...(abort.callbacks ?? [])];
      const part = written({ run, resume: true, checkpointEverySteps: 2, ...abort, callbacks });
      await expect(part).rejects.toThrow('was stopped');
      const checkpoints = readdirSync(join(run, 'checkpoints')).toSorted();
      if (checkpoints.length > 1) rmSync(join(run, 'checkpoints', checkpoints.at(-1) as string));
    }
    await written({ run, resume: true, checkpointEverySteps: 2 });
    vi.restoreAllMocks();
    expect(eventFilesIn(run)).toHaveLength(4);
    const sorted = (values: readonly ReadValue[]) =>
      without(values).toSorted((a, b) => a.tag.localeCompare(b.tag) || a.step - b.step);
    const names = (values: readonly ReadValue[]) =>
      sorted(values).map(({ tag, step }) => [tag, step]);
    expect(names(eventsIn(run))).toEqual(names(eventsIn(whole)));
    const scalar = (values: readonly ReadValue[]) =>
      sorted(values).filter(({ value }) => value.has(2));
    expect(scalar(eventsIn(run))).toEqual(scalar(eventsIn(whole)));
  });

  it('a file may end in a torn record', async () => {
    const run = folder();
    const abort = abortAfter(8);
    const callbacks = [tensorBoard(), ...(abort.callbacks ?? [])];
    await expect(written({ run, ...abort, callbacks })).rejects.toThrow('was stopped');
    const [file] = eventFilesIn(run);
    const bytes = readFileSync(file as string);
    writeFileSync(file as string, bytes.subarray(0, -5));
    expect(recordsOf(file as string).length).toBeGreaterThan(3);
    const { record } = await written({ run, resume: true });
    expect(scalarsOf(eventsIn(run), 'epoch/loss')).toHaveLength(3);
    expect(record.status).toBe('finished');
    const last = Buffer.from(bytes);
    last[last.length - 9] = (last[last.length - 9] as number) ^ 1;
    writeFileSync(file as string, last);
    expect(() => recordsOf(file as string)).toThrow('a checksum is wrong');
  });

  it('a complete one is left alone, unless its end is missing', async () => {
    const run = folder();
    await written({ run, epochs: 1 });
    const [file] = eventFilesIn(run) as [string];
    const bytes = readFileSync(file);
    await written({ run, epochs: 1, resume: true });
    expect(eventFilesIn(run)).toEqual([file]);
    expect(readFileSync(file)).toEqual(bytes);
    // It died between its last file and the events of its test.
    const values = eventsIn(run);
    writeFileSync(file, bytes.subarray(0, bytes.indexOf('test/loss') - 40));
    expect(scalarsOf(eventsIn(run), 'test/loss')).toEqual([]);
    await written({ run, epochs: 1, resume: true });
    for (const tag of ['test/loss', 'validation/loss', 'step/loss']) {
      expect(scalarsOf(eventsIn(run), tag)).toEqual(scalarsOf(values, tag));
    }
    one(eventsIn(run), 'pictures/mistakes');
    // A run that never had events gets none.
    const plain = folder();
    await written({ run: plain, epochs: 1, callbacks: [] });
    await written({ run: plain, epochs: 1, resume: true });
    expect(eventFilesIn(plain)).toEqual([]);
  });

  it('a run that began without events has them from there on', async () => {
    const run = folder();
    await expect(written({ run, ...abortAfter(8) })).rejects.toThrow('was stopped');
    await written({ run, resume: true });
    const values = eventsIn(run);
    expect(scalarsOf(values, 'step/loss').map(([step]) => step)).toEqual([12, 16, 18]);
    expect(one(values, 'model').step).toBe(9);
  });
});

describe('event files', () => {
  it('go with the run that is replaced', async () => {
    const run = folder();
    await written({ run, epochs: 1 });
    const before = eventFilesIn(run);
    writeFileSync(join(run, 'notes.txt'), 'mine');
    await written({ run, epochs: 1, overwrite: true, callbacks: [] });
    expect(before).toHaveLength(1);
    expect(eventFilesIn(run)).toEqual([]);
    expect(readFileSync(join(run, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('lie in a folder of their own where that is asked for', async () => {
    const dir = folder();
    await written({ epochs: 1, callbacks: [tensorBoard({ dir })] });
    expect(scalarsOf(eventsIn(dir), 'test/loss')).toHaveLength(1);
    await expect(written()).rejects.toThrow(
      "tensorBoard: got no dir and a training without run, takes one of them, such as dir: 'logs/first'",
    );
    expect(() => tensorBoard({ dir: '' })).toThrow("dir: got '', takes the path of a folder");
    expect(() => tensorBoard({ pictures: -1 })).toThrow('pictures: got -1');
    expect(() => tensorBoard({ every: 1 } as never)).toThrow("unknown option 'every'");
  });

  it('that cannot be written are named', async () => {
    const run = folder();
    const append = fs.appendFileSync;
    vi.spyOn(fs, 'appendFileSync').mockImplementation((file, ...rest) => {
      if (!String(file).includes('tfevents')) return append(file, ...rest);
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    const work = written({ run });
    await expect(work).rejects.toThrow(/tfevents\.\d+\.mnet\.\d+: could not be written: ENOSPC/);
    await expect(work).rejects.toMatchObject({ code: 'disk-full' });
  });
});

describe('a histogram', () => {
  it('counts each value once, the largest in the last bucket', () => {
    const values = Float32Array.from({ length: 61 }, (_, i) => i / 2 - 10);
    const { min, max, sum, counts, limits } = histogramOf(values);
    expect([min, max, sum, limits.at(-1)]).toEqual([-10, 20, 305, 20]);
    expect(counts).toEqual([...Array(29).fill(2), 3]);
    expect(limits[0]).toBeCloseTo(-9, 12);
  });

  it('of equal values is one bucket', () => {
    expect(histogramOf(new Float32Array(7).fill(1))).toMatchObject({ limits: [1], counts: [7] });
  });
});

it('a grid is as square as can be, on white', () => {
  const pixels = (value: number) => {
    return { shape: [1, 2, 1] as const, values: new Uint8Array(2).fill(value) };
  };
  const { bytes, ...size } = gridPng([0, 50, 100, 150, 200].map(pixels));
  expect(size).toEqual({ height: 4, width: 10, channels: 1 });
  const { data: decoded } = decode(bytes);
  const rows = [0, 1, 2, 3].map((y) => [...decoded.subarray(10 * y, 10 * y + 10)]);
  const white = [255, 255];
  expect(rows[0]).toEqual([0, 0, ...white, 50, 50, ...white, 100, 100]);
  expect(rows[1]).toEqual(Array(10).fill(255));
  expect(rows[3]).toEqual([150, 150, ...white, 200, 200, ...white, ...white]);
});
