import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory, scalar, setBackend, tensor, tensor3d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  input,
  layers,
  type LayersModel,
  loadLayersModel,
  model as functional,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { classifierInfo, fileSystem, registerLayers, setClassifierInfo } from '@mnet/layers';
import {
  classify,
  createModel,
  encodeSafetensors,
  encodeWeights,
  featureModel,
  foldBatchNorm,
  loadWeights,
  modelInfo,
  parseSafetensors,
  type Pixels,
  resetClassifier,
} from '@mnet/models';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

// Generous, since the cpu backend is slow and machines are shared.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeAll(async () => {
  await setBackend('cpu');
  registerLayers();
  folder = await mkdtemp(join(tmpdir(), 'mnet-classify-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const never = (value: unknown): never => value as never;

/** A model whose probabilities show its input: logits are the values of a picture of 2×2, in their order. */
function glass(channels: 1 | 3 = 1): LayersModel {
  const flat = layers.flatten({ name: 'glass', inputShape: [2, 2, channels] });
  const net = sequential({ name: 'glass', layers: [flat] });
  const classes = Array.from({ length: 4 * channels }, (_, i) => `value ${i}`);
  const [mean, std] = [0.5, 0.25].map((value) => Array<number>(channels).fill(value));
  setClassifierInfo(net, { classes, mean: mean as number[], std: std as number[] });
  return net;
}

/** The values that the model was shown, in units of pixels: found from the probabilities, up to a shift. */
async function shown(net: LayersModel, pixels: Parameters<typeof classify>[1]): Promise<number[]> {
  const predictions = await classify(net, pixels);
  const byIndex = predictions.toSorted((a, b) => a.index - b.index);
  const logits = byIndex.map(({ probability }) => Math.log(probability));
  // (value / 255 − 0.5) / 0.25, so a difference of logits of 1 is one of 63.75 pixels.
  return logits.map((logit) => (logit - (logits[0] as number)) * 63.75);
}

const grey = (rows: readonly (readonly number[])[]): Pixels => ({
  data: Uint8Array.from(rows.flat()),
  width: rows[0]?.length ?? 0,
  height: rows.length,
  channels: 1,
});

/** Shrinking to half, the weights of the four values around a centre are 1 : 3 : 3 : 1; at the border three are there. */
const atBorder = (first: number, second: number, third: number): number =>
  (3 * first + 3 * second + third) / 7;

async function expectShown(
  pixels: Parameters<typeof classify>[1],
  expected: readonly number[],
  net = glass(),
): Promise<void> {
  const values = await shown(net, pixels);
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) =>
    expect(value).toBeCloseTo((expected[i] as number) - (expected[0] as number), 3),
  );
}

describe('classify', () => {
  test('gives the classes, the likeliest first, with probabilities of sum 1', async () => {
    const before = memory().numTensors;
    const net = glass();
    const all = await classify(
      net,
      grey([
        [10, 200],
        [90, 20],
      ]),
    );
    expect(all.map(({ label, index }) => [label, index])).toEqual([
      ['value 1', 1],
      ['value 2', 2],
      ['value 3', 3],
      ['value 0', 0],
    ]);
    expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    expect(
      await classify(
        net,
        grey([
          [10, 200],
          [90, 20],
        ]),
        { top: 2 },
      ),
    ).toEqual(all.slice(0, 2));
    expect(memory().numTensors).toBe(before);
  });

  test('takes a picture of the input’s size as it is', () =>
    expectShown(
      grey([
        [10, 20],
        [30, 255],
      ]),
      [10, 20, 30, 255],
    ));

  test('shrinks with antialiasing', async () => {
    const row = [0, 70, 140, 210];
    const [left, right] = [atBorder(0, 70, 140), atBorder(210, 140, 70)];
    await expectShown(grey([row, row, row, row]), [left, right, left, right]);
    const columns = row.map((value) => [value, value, value, value]);
    await expectShown(grey(columns), [left, left, right, right]);
  });

  test('grows bilinearly', () => expectShown(grey([[80]]), [80, 80, 80, 80]));

  test('cuts the middle out, or stretches', async () => {
    // Of 2 rows of 4, the middle 2 columns.
    const wide = grey([
      [255, 10, 20, 0],
      [255, 30, 40, 0],
    ]);
    await expectShown(wide, [10, 20, 30, 40]);
    const tall = grey([[9], [10], [20], [9]].map(([v]) => [v as number, (v as number) + 1]));
    await expectShown(tall, [10, 11, 20, 21]);
    const net = glass();
    const info = classifierInfo(net);
    setClassifierInfo(net, { ...(info as NonNullable<typeof info>), resize: 'fill' });
    const [left, right] = [atBorder(255, 10, 20), atBorder(0, 20, 10)];
    const [below, end] = [atBorder(255, 30, 40), atBorder(0, 40, 30)];
    await expectShown(wide, [left, right, below, end], net);
  });

  test('grows a part of odd place between the pixels', async () => {
    // One row of 3: the middle pixel's width, from 1 to 2, of which the outputs are at 1.25 and 1.75.
    const at = (a: number, b: number, share: number): number => a * (1 - share) + b * share;
    const left = at(0, 100, 0.75);
    const right = at(100, 40, 0.25);
    await expectShown(grey([[0, 100, 40]]), [left, right, left, right]);
  });

  test('takes grey for colour, colour for grey, and looks past alpha', async () => {
    const four = grey([
      [1, 2],
      [3, 4],
    ]);
    await expectShown(four, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], glass(3));
    const colours = Array.from({ length: 12 }, (_, i) => 10 * i);
    const rgb = { data: Uint8Array.from(colours), width: 2, height: 2 };
    await expectShown(rgb, colours, glass(3));
    const luma = [0, 3, 6, 9].map((i) => 2.99 * i + 5.87 * (i + 1) + 1.14 * (i + 2));
    await expectShown(rgb, luma);
    const withAlpha = [0, 3, 6, 9].flatMap((i) => [...colours.slice(i, i + 3), i * 20]);
    const canvas = { data: Uint8ClampedArray.from(withAlpha), width: 2, height: 2 };
    await expectShown(canvas, colours, glass(3));
  });

  test('takes a tensor of pixels, and leaves it', async () => {
    const pixels = tensor3d([10, 20, 30, 255], [2, 2, 1], 'int32');
    await expectShown(pixels, [10, 20, 30, 255]);
    expect(pixels.isDisposed).toBe(false);
    pixels.dispose();
  });

  test('does not take a softmax twice', async () => {
    const image = input({ shape: [2, 2, 1] });
    const flat = layers.flatten().apply(image) as SymbolicTensor;
    const probabilities = layers.softmax().apply(flat) as SymbolicTensor;
    const net = functional({ inputs: image, outputs: probabilities });
    setClassifierInfo(net, { classes: ['a', 'b', 'c', 'd'], mean: [0.5], std: [0.25] });
    await expectShown(
      grey([
        [10, 20],
        [30, 255],
      ]),
      [10, 20, 30, 255],
      net,
    );
  });

  test.each([1, 2])('nor one that a nested model ends in: %i deep', async (depth) => {
    const image = input({ shape: [2, 2, 1] });
    const flat = layers.flatten().apply(image) as SymbolicTensor;
    const soft = layers.activation({ activation: 'softmax' }).apply(flat) as SymbolicTensor;
    let nested = functional({ inputs: image, outputs: [flat, soft] });
    for (let i = 0; i < depth; i++) {
      const outer = input({ shape: [2, 2, 1] });
      const outputs = nested.apply(outer) as SymbolicTensor[];
      nested = functional({ inputs: outer, outputs: i + 1 < depth ? outputs : outputs.slice(1) });
    }
    setClassifierInfo(nested, { classes: ['a', 'b', 'c', 'd'], mean: [0.5], std: [0.25] });
    const rows = [
      [10, 20],
      [30, 255],
    ];
    await expectShown(grey(rows), rows.flat(), nested);
  });

  test.each(['sigmoid', 'hardSigmoid'] as const)(
    'refuses a model that ends in %s',
    (activation) => {
      const last = layers.dense({ name: 'last', units: 2, activation });
      const head = sequential({ layers: [layers.flatten({ inputShape: [2, 2, 1] }), last] });
      const image = input({ shape: [2, 2, 1] });
      const net = functional({
        name: 'tags',
        inputs: image,
        outputs: head.apply(image) as SymbolicTensor,
      });
      setClassifierInfo(net, { classes: ['a', 'b'], mean: [0.5], std: [0.25] });
      return expect(classify(net, grey([[1]]))).rejects.toThrow(
        `model: got 'tags', whose last layer 'last' ends in '${activation}'; takes logits or a softmax`,
      );
    },
  );

  test('takes the size of pictures from what it carries where the input leaves it open', async () => {
    const image = input({ shape: [null, null, 1] });
    const pooled = layers.globalAveragePooling2d({}).apply(image) as SymbolicTensor;
    const net = functional({ inputs: image, outputs: pooled });
    const info = { classes: ['one'], mean: [0], std: [1] };
    expect(() => setClassifierInfo(net, info)).toThrow(/shape: got \[null, null, 1\]/);
    setClassifierInfo(net, { ...info, shape: [3, 5, 1] });
    expect(
      await classify(
        net,
        grey([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toEqual([{ label: 'one', index: 0, probability: 1 }]);
  });

  test.each<[string, (net: LayersModel) => Promise<unknown>, RegExp]>([
    [
      'no pixels',
      (net) => classify(net, never(undefined)),
      /pixels: got undefined, takes \{ data: Uint8Array/,
    ],
    ['numbers', (net) => classify(net, never({ data: [1], width: 1, height: 1 })), /pixels: got/],
    [
      'a width',
      (net) => classify(net, { data: new Uint8Array(4), width: 0, height: 2 }),
      /pixels.width: got 0/,
    ],
    [
      'two channels',
      (net) => classify(net, { data: new Uint8Array(8), width: 2, height: 2 }),
      /pixels.channels: got 2, takes 1, 3 or 4/,
    ],
    [
      'too few bytes',
      (net) => classify(net, { data: new Uint8Array(3), width: 2, height: 2, channels: 1 }),
      /pixels.data: got 3 bytes, takes 4 = 2 × 2 × 1/,
    ],
    [
      'a tensor of rank 4',
      (net) => classify(net, tensor([1, 2, 3, 4], [1, 2, 2, 1])),
      /got a tensor of shape \[1, 2, 2, 1\], takes \[height, width, channels\]/,
    ],
    ['a number', (net) => classify(net, scalar(7)), /got a tensor of shape \[\], takes \[height/],
    [
      'a tensor without a row',
      (net) => classify(net, tensor([], [0, 2, 3])),
      /got a tensor of shape \[0, 2, 3\], takes/,
    ],
    [
      'a tensor without a column',
      (net) => classify(net, tensor([], [2, 0, 3])),
      /got a tensor of shape \[2, 0, 3\], takes/,
    ],
    [
      'a tensor of two channels',
      (net) => classify(net, tensor([1, 2], [1, 1, 2])),
      /got a tensor of shape \[1, 1, 2\], takes \[height, width, channels\] with 1, 3 or 4 channels/,
    ],
    ['top', (net) => classify(net, grey([[1]]), { top: 0 }), /top: got 0/],
    [
      'an option',
      (net) => classify(net, grey([[1]]), never({ k: 5 })),
      /classify: unknown option 'k', takes top/,
    ],
    [
      'no model',
      () => classify(never(undefined), grey([[1]])),
      /model: got undefined, takes a tf.LayersModel/,
    ],
  ])('names what is wrong: %s', async (_, run, message) => {
    await expect(run(glass())).rejects.toThrow(message);
  });

  test('names what a model does not carry, and what to write', async () => {
    const net = createModel('mobilenet_v1', { width: 0.1, classes: 3, seed: 1 });
    await expect(classify(net, grey([[1]]))).rejects.toThrow(
      /model: 'mobilenet_v1' does not say how pictures become its input; write setClassifierInfo\(model, \{ classes: /,
    );
    setClassifierInfo(net, { mean: [0, 0, 0], std: [1, 1, 1] });
    await expect(classify(net, grey([[1]]))).rejects.toThrow(
      /does not say what its classes are; write/,
    );
  });

  test('names pictures of other channels than grey and colour', async () => {
    const net = sequential({ layers: [layers.flatten({ inputShape: [1, 1, 2] })] });
    setClassifierInfo(net, { classes: ['a', 'b'], mean: [0, 0], std: [1, 1] });
    await expect(classify(net, grey([[1]]))).rejects.toThrow(
      /model: its pictures have 2 channels, takes 1 or 3/,
    );
  });

  test('names a model of two outputs', async () => {
    const image = input({ shape: [1, 1, 3] });
    const flat = layers.flatten().apply(image) as SymbolicTensor;
    const net = functional({ inputs: image, outputs: [flat, flat], name: 'twice' });
    setClassifierInfo(net, { classes: ['a', 'b', 'c'], mean: [0, 0, 0], std: [1, 1, 1] });
    await expect(classify(net, grey([[1]]))).rejects.toThrow(
      /model: got 'twice' with 2 outputs, the first \[, 3\]; takes one of \[batch, 3\]/,
    );
  });
});

describe('what a model carries', () => {
  const info = {
    classes: ['cat', 'dog', 'cow'],
    mean: [0.4, 0.5, 0.6],
    std: [0.2, 0.25, 0.3],
    resize: 'fill',
  } as const;
  const whole = { ...info, shape: [32, 32, 3] };
  const noted = (): LayersModel => {
    const net = createModel('mobilenet_v1', { width: 0.1, classes: 3, seed: 1 });
    setClassifierInfo(net, info);
    return net;
  };

  test.each<[string, object, RegExp]>([
    ['an entry', { labels: [] }, /classifier info: unknown option 'labels', takes classes, shape/],
    [
      'classes',
      { classes: [1, 2, 3] },
      /classes: got \[1, 2, 3\], takes an array of the classes' names/,
    ],
    [
      'too few classes',
      { classes: ['a'] },
      /classes: got 1 names, takes 3, one for each logit of 'mobilenet_v1'/,
    ],
    ['shape', { shape: [32, 0, 3] }, /shape: got \[32, 0, 3\], takes \[height, width, channels\]/],
    [
      'another shape',
      { shape: [28, 28, 3] },
      /shape: got \[28, 28, 3\], takes \[32, 32, 3\], the input of 'mobilenet_v1'/,
    ],
    ['mean', { mean: [0.5] }, /mean: got \[0.5\], takes 3 numbers, one a channel/],
    ['std', { std: [1, 0, 1] }, /std: got 0/],
    ['resize', { resize: 'crop' }, /resize: got 'crop', takes one of 'cover', 'fill'/],
  ])('is checked: %s', (_, change, message) => {
    const net = noted();
    expect(() => setClassifierInfo(net, { ...info, ...change })).toThrow(message);
    expect(classifierInfo(net)).toEqual(whole);
  });

  test('stands beside what it remembers of its making, and beside the user’s own', () => {
    const net = createModel('mobilenet_v1', { width: 0.1, classes: 3, seed: 1 });
    net.setUserDefinedMetadata({ ...net.getUserDefinedMetadata(), note: 'mine' });
    const making = modelInfo(net);
    setClassifierInfo(net, info);
    expect(modelInfo(net)).toEqual(making);
    expect(net.getUserDefinedMetadata()).toMatchObject({ note: 'mine' });
    expect(classifierInfo(net)).toEqual(whole);
  });

  test('is saved and loaded, and goes with the folded model and the taps', async () => {
    const net = noted();
    await net.save(fileSystem(join(folder, 'noted')));
    const loaded = await loadLayersModel(fileSystem(join(folder, 'noted')));
    expect(classifierInfo(loaded)).toEqual(whole);
    const red = { data: Uint8Array.from([255, 0, 0]), width: 1, height: 1 };
    expect(await classify(loaded, red)).toEqual(await classify(net, red));
    expect(classifierInfo(foldBatchNorm(loaded))).toEqual(whole);
    expect(classifierInfo(featureModel(net, ['block3', 'logits']))).toEqual(whole);
    expect(classifierInfo(featureModel(net, ['logits']))).toEqual(whole);
    const { classes: _, ...rest } = whole;
    expect(classifierInfo(featureModel(net, ['block3']))).toEqual(rest);
    expect(classifierInfo(createModel('mobilenet_v1', { width: 0.1 }))).toBeUndefined();
  });

  test('is read where a later version has written more', () => {
    const net = createModel('mobilenet_v1', { width: 0.1, classes: 3, seed: 1 });
    net.setUserDefinedMetadata({ mnet: { classifier: { ...whole, crop: 0.875 }, more: 1 } });
    expect(classifierInfo(net)).toEqual(whole);
    expect(() => setClassifierInfo(never(undefined), info)).toThrow(
      'model: got undefined, takes a tf.LayersModel',
    );
  });

  test('loses its classes with the classifier, also for as many others', () => {
    const { classes: _, ...rest } = whole;
    expect(classifierInfo(resetClassifier(noted(), 3))).toEqual(rest);
    const plain = createModel('mobilenet_v1', { width: 0.1, classes: 3, seed: 1 });
    expect(classifierInfo(resetClassifier(plain, 5))).toBeUndefined();
  });

  test.each(['mnet', 'torchvision'] as const)(
    'is in a file of weights, format %s',
    async (format) => {
      const bytes = await encodeWeights(noted(), { format });
      const { metadata } = parseSafetensors(bytes);
      expect(JSON.parse(metadata.get('classifier') ?? '')).toEqual(whole);
      const net = createModel('mobilenet_v1', { width: 0.1, classes: 3, seed: 2 });
      await loadWeights(net, bytes, { format });
      expect(classifierInfo(net)).toEqual(whole);
      const { classes: _, ...rest } = whole;
      const other = createModel('mobilenet_v1', { width: 0.1, classes: 7, seed: 2 });
      await loadWeights(other, bytes, { format, resetClassifier: true });
      expect(classifierInfo(other)).toEqual(rest);
      const larger = createModel('mobilenet_v1', {
        width: 0.1,
        classes: 3,
        inputShape: [64, 48, 3],
      });
      await loadWeights(larger, bytes, { format });
      expect(classifierInfo(larger)).toEqual({ ...whole, shape: [64, 48, 3] });
      const silent = createModel('mobilenet_v1', { width: 0.1, classes: 3, seed: 3 });
      expect(
        parseSafetensors(await encodeWeights(silent, { format })).metadata.has('classifier'),
      ).toBe(false);
    },
  );

  const deep = JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`);
  test.each<[string, unknown]>([
    ['null', null],
    ['another mnet', { mnet: 5 }],
    ['mnet of arrays', { mnet: { network: [], options: [], classifier: [] } }],
    ['null inside', { mnet: { network: null, options: null, classifier: null } }],
    ['classes that are none', { mnet: { classifier: { ...whole, classes: { length: 3 } } } }],
    ['classes of another count', { mnet: { classifier: { ...whole, classes: ['a'] } } }],
    ['a size of all memory', { mnet: { classifier: { ...whole, shape: [1e9, 1e9, 3] } } }],
    ['numbers that are none', { mnet: { classifier: { ...whole, mean: ['0', null, {}] } } }],
    ['a deviation of 0', { mnet: { classifier: { ...whole, std: [0, 0, 0] } } }],
    ['deep nesting', { mnet: { classifier: deep, network: deep, options: deep } }],
    [
      'a prototype',
      { mnet: JSON.parse('{"__proto__": {"classifier": 1}, "classifier": {"__proto__": []}}') },
    ],
  ])('counts as absent where a model.json has %s', async (_, metadata) => {
    const net = createModel('mobilenet_v1', { width: 0.1, classes: 3, seed: 1 });
    const path = join(folder, 'hostile');
    await net.save(fileSystem(path));
    const file = join(path, 'model.json');
    const json = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...json, userDefinedMetadata: metadata }));
    const loaded = await loadLayersModel(fileSystem(path));
    expect(classifierInfo(loaded)).toBeUndefined();
    expect(modelInfo(loaded)).toBeUndefined();
    await expect(classify(loaded, grey([[1]]))).rejects.toThrow(/write setClassifierInfo/);
    expect(classifierInfo(foldBatchNorm(loaded))).toBeUndefined();
    setClassifierInfo(loaded, info);
    expect(classifierInfo(resetClassifier(loaded, 2))).toEqual({ ...whole, classes: undefined });
  });

  test.each([
    ['no JSON', '{'],
    ['another thing', '[1]'],
    ['a wrong entry', JSON.stringify({ ...whole, std: [-1, 1, 1] })],
    ['other channels', JSON.stringify({ ...whole, shape: [2, 2, 1], mean: [0], std: [1] })],
  ])('counts as absent where a file of weights has %s', async (_, text) => {
    const net = noted();
    const bytes = await encodeWeights(net);
    const found = parseSafetensors(bytes);
    const tensors = new Map(
      [...found.tensors].map(([name, { shape, bytes: raw }]) => [
        name,
        { shape, values: new Float32Array(raw.slice().buffer) },
      ]),
    );
    const hostile = encodeSafetensors(tensors, new Map([['classifier', text]]));
    const plain = createModel('mobilenet_v1', { width: 0.1, classes: 3, seed: 2 });
    await loadWeights(plain, hostile);
    expect(classifierInfo(plain)).toBeUndefined();
  });
});
